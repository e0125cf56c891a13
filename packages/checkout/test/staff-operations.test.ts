import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import {
  type ByHand,
  checkoutStatus,
  parkOperation,
  readTimeline,
  refundOrder,
  resolveOperation,
  type SeenRecord,
  wakeOperation,
} from '../src/index.ts';
import { atCheckout, conservation, finishDue, paidOrder, pay, refundRequest, shopOfFile } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 40 });
const { shop, db, slug } = test;
const account = test.secretKey.replace('sk_test_', '');

const by = (more: Partial<ByHand> = {}): ByHand => ({
  actor: 'staff:mira@example.org',
  reason: 'their status page says they are back',
  requestId: uuidv7(),
  ...more,
});

/** The record of an operation on this order, as a page would show it. */
async function seen(orderId: string, operation = 'checkout.pay'): Promise<SeenRecord & { operatorLog: unknown }> {
  const [row] = await db.execute<{ id: string; key: string }>(
    sql`select id::text, key from idempotency.record where scope = ${orderId} and operation = ${operation}`,
  );
  const view = await shop.once.find(operation, { scope: orderId, key: row?.key ?? '' });
  if (!row || !view) throw new TypeError(`no ${operation} of ${orderId}`);
  return { recordId: row.id, fence: view.fence, state: view.state, operatorLog: view.operatorLog };
}

/** A payment that waits for its customer's bank. */
async function waitingPayment() {
  const at = await atCheckout(shop, slug);
  expect(await pay(shop, at, 'pm_card_threeDSecure2Required')).toMatchObject({ answer: 'requires_action' });
  return at;
}

/** A payment whose confirm has charged and was never heard of, and whose intent cannot be looked at either. */
async function lostPayment() {
  const at = await atCheckout(shop, slug);
  const match = { account, order_id: at.checkoutId };
  const confirm = await provider.arm({
    match: { ...match, method: 'POST', path: '/v1/payment_intents/*/confirm' },
    action: 'cut_body',
  });
  const retrieve = await provider.arm({
    match: { ...match, method: 'GET', path: '/v1/payment_intents/*' },
    action: 'error_500_before',
    times: 100,
  });
  expect((await pay(shop, at)).answer).toBe('unknown');
  expect(await confirm.hits()).toBe(1);
  return { at, back: () => retrieve.disarm() };
}

describe('an operation that waits', () => {
  it('is parked and woken by hand, and both are written down with it and in its order', async () => {
    const at = await waitingPayment();
    const first = await seen(at.checkoutId);
    expect(first.state).toBe('waiting');
    expect(await parkOperation(shop, first, by({ reason: 'asking them' }))).toEqual({ answer: 'done' });
    const parked = await seen(at.checkoutId);
    expect(parked.state).toBe('needs_review');
    expect(await wakeOperation(shop, parked, by())).toEqual({ answer: 'done' });
    const woken = await seen(at.checkoutId);
    expect(woken.operatorLog).toMatchObject([
      { verb: 'park', by: 'staff:mira@example.org', reason: 'asking them' },
      { verb: 'wake', by: 'staff:mira@example.org' },
    ]);
    expect((await readTimeline(db, at.checkoutId)).slice(-2)).toMatchObject([
      { action: 'operation.parked', actor: 'staff:mira@example.org', detail: { reason: 'asking them' } },
      { action: 'operation.woken', detail: { operation: 'checkout.pay' } },
    ]);
  });

  it('is not moved by who saw it otherwise than it is: they are told how it stands', async () => {
    const at = await waitingPayment();
    const page = await seen(at.checkoutId);
    const answers = await Promise.all([parkOperation(shop, page, by()), parkOperation(test.another(), page, by())]);
    expect(answers.map(({ answer }) => answer).sort()).toEqual(['done', 'moved']);
    expect(answers).toContainEqual({ answer: 'moved', now: 'needs_review' });
    const before = await seen(at.checkoutId);
    // Parked is what it was seen as, too, but somebody has held it since.
    const older = { ...before, fence: before.fence - 1 };
    expect(await wakeOperation(shop, older, by())).toEqual({ answer: 'moved', now: 'needs_review' });
    expect(await wakeOperation(shop, page, by())).toEqual({ answer: 'moved', now: 'needs_review' });
    expect(await seen(at.checkoutId)).toEqual(before);
  });

  it('is moved once by a press that arrives three times', async () => {
    const at = await waitingPayment();
    const page = await seen(at.checkoutId);
    const press = by();
    for (let i = 0; i < 3; i++) expect(await parkOperation(shop, page, press)).toEqual({ answer: 'done' });
    expect((await seen(at.checkoutId)).operatorLog).toHaveLength(1);
  });

  it('cannot be moved any more once it is settled, nor when there is none', async () => {
    const { orderId } = await paidOrder(shop, slug);
    const settled = await seen(orderId);
    expect(await parkOperation(shop, settled, by())).toEqual({ answer: 'moved', now: 'succeeded' });
    expect(await wakeOperation(shop, settled, by())).toEqual({ answer: 'moved', now: 'succeeded' });
    expect(await resolveOperation(shop, { ...settled, by: 'provider' }, by())).toEqual({
      answer: 'moved',
      now: 'succeeded',
    });
    const nobody = { ...settled, recordId: uuidv7() };
    expect(await parkOperation(shop, nobody, by())).toEqual({ answer: 'moved', now: 'gone' });
  });
});

describe('an operation is resolved by the word of the provider', () => {
  it('a charge that nobody had heard of: the order is paid, once', async () => {
    const { at, back } = await lostPayment();
    const page = await seen(at.checkoutId);
    await expect(resolveOperation(shop, { ...page, by: 'provider' }, by())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await back();
    expect(await resolveOperation(shop, { ...page, by: 'provider' }, by())).toEqual({
      answer: 'done',
      outcome: 'succeeded',
    });
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid' });
    expect(await provider.charges(at.checkoutId)).toHaveLength(1);
    const timeline = await readTimeline(db, at.checkoutId);
    expect(timeline.map(({ action }) => action).slice(-2)).toEqual(['order.paid', 'operation.resolved']);
    expect(await resolveOperation(shop, { ...page, by: 'provider' }, by())).toMatchObject({ answer: 'moved' });
  });

  it('a payment that waits for its customer is decided by neither, until it is cancelled there', async () => {
    const at = await waitingPayment();
    const page = await seen(at.checkoutId);
    expect(await resolveOperation(shop, { ...page, by: 'provider' }, by())).toEqual({
      answer: 'undecided',
      says: 'requires_action',
    });
    expect(await seen(at.checkoutId)).toEqual(page);
    expect(await resolveOperation(shop, { ...page, by: 'cancel' }, by())).toEqual({
      answer: 'done',
      outcome: 'rejected',
    });
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'cancelled' });
    expect(await provider.charges(at.checkoutId)).toEqual([]);
  });

  it('a refund that was never made is given up only when it cannot be on its way any more', async () => {
    const { orderId, totalMinor } = await paidOrder(shop, slug);
    const lost = await provider.arm({
      match: { account, method: 'POST', path: '/v1/refunds', order_id: orderId },
      action: 'rst_before',
      times: 100,
    });
    expect(await refundOrder(shop, refundRequest(orderId, totalMinor))).toMatchObject({ answer: 'unknown' });
    await lost.disarm();
    await parkOperation(shop, await seen(orderId, 'checkout.refund'), by());
    const page = { ...(await seen(orderId, 'checkout.refund')), by: 'provider' as const };
    expect(await resolveOperation(shop, page, by())).toEqual({ answer: 'undecided', says: 'no such refund yet' });
    await db.execute(sql`
      update idempotency.record set advanced_at = advanced_at - interval '2 hours' where id = ${page.recordId}::uuid`);
    expect(await resolveOperation(shop, page, by())).toEqual({ answer: 'done', outcome: 'rejected' });
    // Its amount may be refunded again.
    expect(await refundOrder(shop, refundRequest(orderId, totalMinor))).toEqual({ answer: 'succeeded' });
    expect((await provider.ledger(orderId)).filter(({ kind }) => kind === 'refund')).toHaveLength(1);
  });
});

it('after all of it, every copy and every cent is where it belongs', async () => {
  await finishDue(shop);
  expect(await conservation(shop)).toMatchObject({ twice: 0, unowned: 0, unpaid: 0 });
});
