import { Api } from '../fixtures/api.ts';
import type { Faults } from '../fixtures/faults.ts';
import { answerOf, expectSoldOnce, type Payer } from '../fixtures/payer.ts';
import type { ProviderAccount } from '../fixtures/provider.ts';
import { totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/webhooks.ts';

// Money that moves when the order is over already: it comes for what was cancelled, or is disputed. The shop hears of it by an
// event. Each test ends with money and copies conserved over its account.

test.describe.configure({ mode: 'default' });

test('money that comes after the order was cancelled buys its copy while it is free', async ({
  payer,
  faults,
  provider,
  ledger,
  db,
}) => {
  const orphan = await leavesOrphan(payer, { faults, provider });
  expect(answerOf(await payer.cancels())).toBe('cancelled');
  await provider.charges(orphan);
  await payer.isTold('paid');
  const orders = await db.ordersOf(payer.print.slug);
  expect(orders).toMatchObject([{ id: payer.checkoutId, state: 'paid', reviewReason: null }]);
  expect(await ledger.chargesOf(payer.checkoutId)).toHaveLength(1);
});

test('money that comes for a copy that somebody else has bought meanwhile goes back in full, once', async ({
  payer,
  faults,
  provider,
  playwright,
  shop,
  ledger,
  db,
}) => {
  const orphan = await leavesOrphan(payer, { faults, provider });
  expect(answerOf(await payer.cancels())).toBe('cancelled');
  const request = await playwright.request.newContext();
  const other = new Api(request, shop.webUrl);
  const { checkoutId, confirmationToken } = await other.isReadyToPay(payer.print.slug, payer.number);
  const expectedTotalMinor = totalOf(payer.print);
  const attempt = { checkoutId, idempotencyKey: `${checkoutId}.0`, confirmationToken, expectedTotalMinor };
  expect(answerOf(await other.mutate('checkout.pay', attempt))).toBe('paid');

  await provider.charges(orphan);
  await payer.isTold('returned');
  const rows = await ledger.rowsOf(payer.checkoutId);
  expect(rows.map(({ kind, amount }) => ({ kind, amount }))).toEqual([
    { kind: 'charge', amount: expectedTotalMinor },
    { kind: 'refund', amount: expectedTotalMinor },
  ]);
  const copy = (await db.copiesOf(payer.print.slug)).find(({ number }) => number === payer.number);
  expect(copy).toMatchObject({ state: 'sold', heldBy: checkoutId });
  await request.dispose();
});

test('a dispute flags the order, and one that is won takes the flag away', async ({ payer, provider, ledger, db }) => {
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  const { id } = await provider.disputes((await db.intentOf(payer.checkoutId)) ?? '');
  await payer.isTold('needs_review');
  await provider.closesDispute(id, 'won');
  await payer.isTold('paid');
  expect((await db.historyOf(payer.checkoutId)).slice(-2)).toEqual(['order.flagged', 'dispute.closed']);
  await expectSoldOnce([payer], { db, ledger });
});

/** The create took effect, and the shop never heard of it. @returns the intent that nobody confirms */
async function leavesOrphan(
  payer: Payer,
  { faults, provider }: { faults: Faults; provider: ProviderAccount },
): Promise<string> {
  await faults.arm({ orderId: payer.checkoutId, name: 'create' }, 'error_500_after');
  expect((await payer.pressesPay()).data).toMatchObject({ answer: 'declined', reason: 'provider_unavailable' });
  const [orphan] = await provider.intentsOf(payer.checkoutId);
  return orphan?.id ?? '';
}
