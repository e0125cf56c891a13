import { expect, test } from '../fixtures/own-shop.ts';
import { answerOf, expectOpen, expectSoldOnce } from '../fixtures/payer.ts';

// The provider's process is killed with -9 in the middle of a call, and stays away until the shopper has had an answer.
// Its book and its faults are in a file, so that what it has done before its death is known after it.

test.describe.configure({ mode: 'default' });

const OPEN = { answer: expect.stringMatching(/^(processing|unknown)$/) };
const REFUSED = { answer: 'declined', reason: 'provider_unavailable' };

for (const { fault, when } of [
  { fault: 'crash_after_commit', when: 'after it has charged' },
  { fault: 'crash_before_commit', when: 'before it has charged' },
]) {
  test(`killed ${when}: the answer is open, then paid, by one charge`, async ({ kill, payer, faults, ledger, db }) => {
    const dying = kill.whenProviderDies();
    const killed = await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, fault);
    const answer = await payer.pressesPay();
    expect(answer.status, answer.text).toBe(200);
    expectOpen(answer);
    await dying.isDead();
    expect(await payer.status(), 'while the provider is away').toMatchObject(OPEN);

    await dying.comesBack();
    await faults.hasStruck(killed);
    await payer.isToldInTheEnd('paid');
    await expectSoldOnce([payer], { db, ledger });
  });
}

for (const { fault, when, made } of [
  { fault: 'crash_after_commit', when: 'after it has made the intent', made: 1 },
  { fault: 'crash_before_commit', when: 'before it has made the intent', made: 0 },
]) {
  test(`killed ${when}: nothing was charged, and the next press of Pay is paid`, async ({
    kill,
    payer,
    faults,
    provider,
    ledger,
    db,
  }) => {
    const dying = kill.whenProviderDies();
    const killed = await faults.arm({ orderId: payer.checkoutId, name: 'create' }, fault);
    expect((await payer.pressesPay()).data).toMatchObject(REFUSED);
    await dying.isDead();
    expect((await payer.pressesPay()).data, 'the same press once more').toMatchObject(REFUSED);

    await dying.comesBack();
    await faults.hasStruck(killed);
    expect(await provider.intentsOf(payer.checkoutId), 'that nobody confirms').toHaveLength(made);
    expect(await ledger.rows()).toEqual([]);
    await payer.takesCard('pays');
    expect(answerOf(await payer.pressesPay())).toBe('paid');
    await expectSoldOnce([payer], { db, ledger });
  });
}
