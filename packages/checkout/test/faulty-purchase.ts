// One real purchase while something goes wrong at the provider, driven to its end, and what must be true of it then.
import { setTimeout as pause } from 'node:timers/promises';
import { schema } from '@once/db';
import { and, eq, sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { checkoutStatus, payCheckout, type Shop, type Status } from '../src/index.ts';
import type { FaultRule, Provider } from './provider.ts';
import { type Attempt, atCheckout, attempt, conservation, finishDue, pay, type TestShop } from './shop.ts';

export type Call = 'token' | 'create' | 'confirm' | 'retrieve' | 'cancel';
export type Action = FaultRule['action'];

/** What the shop sends in a call, for one order. */
function requestOf(call: Call, { checkoutId, confirmationToken }: Attempt): FaultRule['match'] {
  switch (call) {
    case 'token':
      return { path: `/v1/confirmation_tokens/${confirmationToken}` };
    case 'create':
      return { order_id: checkoutId, method: 'POST', path: '/v1/payment_intents' };
    case 'retrieve':
      return { order_id: checkoutId, method: 'GET', path: '/v1/payment_intents/*' };
    case 'confirm':
    case 'cancel':
      return { order_id: checkoutId, path: `/v1/payment_intents/*/${call}` };
  }
}

/** What it takes for the shop to come to that call: an answer that was lost, or one that will never say more. */
const BEFORE: Partial<Record<Call, Action>> = { retrieve: 'cut_body', cancel: 'error_500_before' };

/** Far more turns than anything here needs: a purchase that has not ended by then does not end. */
const MOST_TURNS = 14;
/** The longest pause between two of them. Nothing waits for the time: a slow provider may still be at an earlier request. */
const MOST_PAUSE_MS = 400;

/**
 * Buys one print while `action` strikes `call` so often. The fault is this order's alone, so purchases may go on beside it.
 */
export async function expectOneTruth(
  { provider, test }: { provider: Provider; test: TestShop },
  call: Call,
  action: Action,
  times: number,
): Promise<void> {
  const { shop, slug } = test;
  const at = await atCheckout(shop, slug);
  const kept = await attempt(shop, at);
  const before = BEFORE[call];
  if (before) await provider.arm({ match: requestOf('confirm', kept), action: before });
  const fault = await provider.arm({ match: requestOf(call, kept), action, times });

  const answer = await answerInTheEnd(provider, shop, kept);

  expect(await fault.hits(), 'the fault has struck').toBeGreaterThan(0);
  await expectTruth(provider, shop, at, answer);
  const again = await payCheckout(shop, kept);
  // An order that was cancelled is `cancelled` to its page, and `changed` to the press that it ended with.
  const same = answer.answer === 'cancelled' ? ['changed', 'cancelled'] : [answer.answer];
  expect(same, 'the same press once more').toContain(again.answer);
  await expectTruth(provider, shop, at, again);
  if (answer.answer !== 'declined') return;

  await fault.disarm();
  const next = await pay(shop, at, 'pm_card_mastercard');
  expect(next.answer, 'another card afterwards').toBe('paid');
  await expectTruth(provider, shop, at, next);
}

/** Presses Pay, and then does what page, worker and bank do: ask, finish what is due, answer. */
async function answerInTheEnd(provider: Provider, shop: Shop, kept: Attempt): Promise<Status> {
  let status = await payCheckout(shop, kept);
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    // Not found out, or no record: the page keeps key, card and total, and sends the same again.
    if (status.answer === 'open') status = await payCheckout(shop, kept);
    if (!OPEN.has(status.answer)) return status;
    await bankAnswers(provider, shop, kept.checkoutId);
    await makeDue(shop, kept.checkoutId);
    await finishDue(shop);
    status = await checkoutStatus(shop, kept);
    if (OPEN.has(status.answer)) await pause(Math.min(10 * 2 ** turn, MOST_PAUSE_MS));
  }
  expect.unreachable(`after ${MOST_TURNS} turns the answer is still ${status.answer}`);
}

/** Lets lease and wait of this order's records end, and of no other's: purchases may go on beside it. */
export async function makeDue({ db }: Shop, orderId: string): Promise<void> {
  await db.execute(
    sql`update idempotency.record set due_at = statement_timestamp() where due_at is not null and scope = ${orderId}`,
  );
}

const OPEN: ReadonlySet<string> = new Set(['open', 'unknown', 'processing', 'requires_action']);

/** The shopper goes to the bank's page and comes through; a bank that took its time says yes. */
async function bankAnswers(provider: Provider, { db }: Shop, orderId: string): Promise<void> {
  const [payment] = await db.select().from(schema.payment).where(eq(schema.payment.orderId, orderId));
  if (payment?.state === 'requires_action') {
    await provider.control(`/intents/${payment.intentId}/action`, { result: 'complete' });
  } else if (payment?.state === 'processing') {
    await provider.control(`/intents/${payment.intentId}/settle`, { result: 'succeed' });
  }
}

/** The answer, the order, the copy, our ledger and the provider's say the same. */
async function expectTruth(
  provider: Provider,
  shop: Shop,
  at: { checkoutId: string; cartId: string; number: number },
  { answer, totalMinor }: Status,
): Promise<void> {
  const { db } = shop;
  const rows = await provider.ledger(at.checkoutId);
  const charges = rows.filter(({ kind }) => kind === 'charge');
  const voids = rows.filter(({ kind }) => kind === 'void');
  expect(charges.length, 'charges of the order').toBeLessThanOrEqual(1);
  const isCharged = charges.length > voids.length;
  expect(isCharged ? ['paid'] : ['declined', 'changed', 'cancelled']).toContain(answer);
  if (isCharged) expect(charges[0]?.amount).toBe(totalMinor);

  const orders = await db.select().from(schema.orders).where(eq(schema.orders.cartId, at.cartId));
  expect(orders, 'one order').toHaveLength(1);
  expect(orders[0]).toMatchObject({ id: at.checkoutId, reviewReason: null });
  expect(orders[0]?.state === 'paid').toBe(isCharged);
  const posted = await db.select().from(schema.ledgerPosting).where(eq(schema.ledgerPosting.orderId, at.checkoutId));
  expect(posted.map(({ amountMinor }) => amountMinor)).toEqual(isCharged ? [totalMinor] : []);

  const [copy] = await db
    .select()
    .from(schema.copy)
    .where(and(eq(schema.copy.number, at.number), eq(schema.copy.heldBy, at.checkoutId)));
  // Freed by the commit that cancels the order, and by no other; a declined card leaves it to the shopper.
  const owned = { paid: 'sold', reserved: 'held', cancelled: undefined }[String(orders[0]?.state)];
  expect(copy?.state).toBe(owned);
  expect(await conservation(shop)).toMatchObject({ twice: 0, unowned: 0, unpaid: 0 });
}
