import { type Db, schema } from '@once/db';
import { and, desc, eq, sql } from 'drizzle-orm';
import { type Actor, appendAudit } from './audit.ts';
import { keyOf } from './key.ts';
import type { ProviderRefund } from './payments/payments.ts';
import { settleRefund } from './refund/settle.ts';
import { flagOrder, lockOrder, lockPayment } from './rows.ts';
import { settlePayment } from './settle.ts';
import type { Shop } from './shop.ts';
import type { AttemptName } from './tracing/attempt-trace.ts';
import { inAttempt } from './tracing/under-way.ts';
import { transact } from './transact.ts';

const { orders, payment, paymentAttempt } = schema;

// What the provider says now, taken into the books. For whoever had a hint that there is something to hear: a browser back
// from its bank, an event, `reconcile`. Each retrieves the object first, so an old hint does no harm.

export interface RecordOptions {
  readonly signal: AbortSignal;
  readonly actor?: Actor;
}

/** Whether the object belongs to an order that we have. If not, its order may still come: the hint is kept. */
export type Recorded = 'recorded' | 'no_order';

/** An intent's own ends are settled, anything else makes the pay record due. */
export async function recordIntent(shop: Shop, intentId: string, options: RecordOptions): Promise<Recorded> {
  const attempt = await lastAttemptOn(shop.db, intentId);
  const work = () => recordFoundIntent(shop, intentId, options);
  return await (attempt ? inAttempt(attempt, 'hear of the payment', work) : work());
}

async function recordFoundIntent(shop: Shop, intentId: string, options: RecordOptions): Promise<Recorded> {
  const { signal, actor = 'provider' } = options;
  const intent = await shop.payments.retrieve(intentId, { signal });
  return await transact(shop.db, async (tx) => {
    const { known, openAttempt } = await settlePayment(tx, intent, { actor });
    const [money] = await tx
      .select({ openAttempt: payment.openAttempt })
      .from(payment)
      .where(and(eq(payment.orderId, intent.orderId), eq(payment.intentId, intent.id)));
    const attempt = openAttempt ?? money?.openAttempt;
    if (attempt != null) {
      await shop.once.within(tx).wake('checkout.pay', { scope: intent.orderId, key: keyOf(intent.orderId, attempt) });
    }
    return known ? 'recorded' : 'no_order';
  });
}

/** Whose trace it is: an order confirms its one intent again after a refusal. Undefined also where the database does not say. */
async function lastAttemptOn(db: Db, intentId: string): Promise<AttemptName | undefined> {
  const found = db
    .select({ orderId: paymentAttempt.orderId, attempt: paymentAttempt.attempt })
    .from(payment)
    .innerJoin(paymentAttempt, eq(paymentAttempt.orderId, payment.orderId))
    .where(eq(payment.intentId, intentId))
    .orderBy(desc(paymentAttempt.attempt))
    .limit(1);
  return (await found.catch(() => []))[0];
}

/** What has become of a refund. The operation that sent it, if it still waits for an answer, is made due. */
export async function recordRefund(shop: Shop, refundId: string, options: RecordOptions): Promise<Recorded> {
  return await recordFoundRefund(shop, await shop.payments.retrieveRefund(refundId, options), options.actor);
}

export async function recordFoundRefund(shop: Shop, found: ProviderRefund, actor?: Actor): Promise<Recorded> {
  return await transact(shop.db, async (tx) => {
    const { known, orderId, refundId } = await settleRefund(tx, found, actor);
    if (orderId && refundId) await shop.once.within(tx).wake('checkout.refund', { scope: orderId, key: refundId });
    return known ? 'recorded' : 'no_order';
  });
}

/** A dispute flags its order and keeps refunds from being sent; one that was closed in the shop's favour lets them go on. */
export async function recordDispute(shop: Shop, disputeId: string, options: RecordOptions): Promise<Recorded> {
  const { signal, actor = 'provider' } = options;
  const { intentId, status } = await shop.payments.retrieveDispute(disputeId, { signal });
  return await transact(shop.db, async (tx) => {
    const [paid] = await tx.select({ orderId: payment.orderId }).from(payment).where(eq(payment.intentId, intentId));
    if (!paid) return 'no_order';
    const { orderId } = paid;
    await lockOrder(tx, orderId);
    await lockPayment(tx, orderId);
    const moved = await tx
      .update(payment)
      .set({ dispute: status })
      .where(and(eq(payment.orderId, orderId), sql`${payment.dispute} is distinct from ${status}`))
      .returning({ orderId: payment.orderId });
    if (moved.length === 0) return 'recorded';
    await appendAudit(tx, { orderId, actor, action: `dispute.${status}`, detail: { disputeId } });
    if (status === 'closed') {
      await tx
        .update(orders)
        .set({ reviewReason: null })
        .where(and(eq(orders.id, orderId), eq(orders.reviewReason, 'disputed')));
    } else await flagOrder(tx, orderId, 'disputed', actor);
    return 'recorded';
  });
}
