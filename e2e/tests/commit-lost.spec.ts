import { answerOf, expectSoldOnce } from '../fixtures/payer.ts';
import { expect, test } from '../fixtures/sleeper.ts';

// The connection between web and Postgres breaks at the COMMIT that records a charge: before the server has it, or after it
// has kept it. Web hears the same both times.

for (const [cut, when] of [
  ['before', 'before the server has it'],
  ['after', 'after the server has kept it'],
] as const) {
  test(`the COMMIT that settles is lost ${when}: web finds out, and tells that it is paid`, async ({
    sleeper: web,
    payer,
    faults,
    provider,
    ledger,
    db,
  }) => {
    const slow = await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, { name: 'slow_after', ms: 500 });
    const press = payer.pressesPay(web.url);
    await faults.hasStruck(slow);
    web.link.arm(cut);
    const answer = await press;
    expect(web.link.cuts()).toBe(1);
    expect(answerOf(answer), answer.text).toBe('paid');
    const sent = (await provider.sendings()).map(({ path }) => path.split('/').at(-1));
    expect(sent, 'one create and one confirm').toEqual(['payment_intents', 'confirm']);
    await expectSoldOnce([payer], { db, ledger });
  });
}
