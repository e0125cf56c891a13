import { expect, test } from '../fixtures/own-shop.ts';
import { answerOf, expectOpen, expectSoldOnce, type Payer } from '../fixtures/payer.ts';

// The provider's process is killed with -9 in the middle of a call, and stays away until the shopper has had an answer.
// Its book and its faults are in a file, so that what it has done before its death is known after it.

test.describe.configure({ mode: 'default' });

const OPEN = { answer: expect.stringMatching(/^(processing|unknown)$/) };
const REFUSED = { answer: 'declined', reason: 'provider_unavailable' };
/** Longer than anything waits for an answer. */
const NEVER_MS = 30_000;

for (const { fault, when } of [
  { fault: 'crash_after_commit', when: 'after it has charged' },
  { fault: 'crash_before_commit', when: 'before it has charged' },
]) {
  test(`killed ${when}: the answer is open, then paid, by one charge`, async ({ stack, payer, faults, ledger, db }) => {
    const killed = await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, fault);
    const answer = await payer.pressesPay();
    expect(answer.status, answer.text).toBe(200);
    expectOpen(answer);
    expect(await stack.processes.get('provider')?.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(await payer.status(), 'while the provider is away').toMatchObject(OPEN);

    await stack.restart('provider');
    await faults.hasStruck(killed);
    await payer.isToldInTheEnd('paid');
    await expectSoldOnce([payer], { db, ledger });
  });
}

for (const { fault, when } of [
  { fault: 'crash_after_commit', when: 'after it has made the intent' },
  { fault: 'crash_before_commit', when: 'before it has made the intent' },
]) {
  test(`killed ${when}: nothing was charged, and the next press of Pay is paid`, async ({
    stack,
    payer,
    faults,
    ledger,
    db,
  }) => {
    const killed = await faults.arm({ orderId: payer.checkoutId, name: 'create' }, fault);
    expect((await payer.pressesPay()).data).toMatchObject(REFUSED);
    expect(await stack.processes.get('provider')?.exited).toMatchObject({ signal: 'SIGKILL' });
    expect((await payer.pressesPay()).data, 'the same press once more').toMatchObject(REFUSED);

    await stack.restart('provider');
    await faults.hasStruck(killed);
    expect(await ledger.rowsOf(payer.checkoutId)).toEqual([]);
    await payer.takesCard('pays');
    expect(answerOf(await payer.pressesPay())).toBe('paid');
    await expectSoldOnce([payer], { db, ledger });
  });
}

test('killed while many pay: whoever may have been charged is told so in the end, whoever was refused can pay', async ({
  stack,
  payers,
  faults,
  ledger,
  db,
}) => {
  const [charged, aboutToBeCharged, intended, aboutToIntend] = (await payers(4)) as [Payer, Payer, Payer, Payer];
  const held = [
    await faults.arm({ orderId: charged.checkoutId, name: 'confirm' }, { name: 'hang_after', ms: NEVER_MS }),
    await faults.arm({ orderId: aboutToBeCharged.checkoutId, name: 'confirm' }, { name: 'slow_before', ms: NEVER_MS }),
    await faults.arm({ orderId: intended.checkoutId, name: 'create' }, { name: 'hang_after', ms: NEVER_MS }),
    await faults.arm({ orderId: aboutToIntend.checkoutId, name: 'create' }, { name: 'slow_before', ms: NEVER_MS }),
  ];
  const unclear = Promise.all([charged.pressesPay(), aboutToBeCharged.pressesPay()]);
  const refused = Promise.all([intended.pressesPay(), aboutToIntend.pressesPay()]);
  await Promise.all(held.map((fault) => faults.hasStruck(fault)));
  await stack.kill('provider');
  for (const answer of await unclear) expectOpen(answer);
  for (const { data } of await refused) expect(data).toMatchObject(REFUSED);

  await stack.restart('provider');
  await charged.isToldInTheEnd('paid');
  await aboutToBeCharged.isToldInTheEnd('paid');
  for (const payer of [intended, aboutToIntend]) {
    await payer.takesCard('pays');
    expect(answerOf(await payer.pressesPay())).toBe('paid');
  }
  await expectSoldOnce([charged, aboutToBeCharged, intended, aboutToIntend], { db, ledger });
});
