import { schema, type Tx } from '@once/db';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { endCheckout } from './checkout.ts';
import { freeCopiesOf, sellCopies } from './copies.ts';
import type { Intent } from './payments/payments.ts';
import { lockCheckout, lockOrder, lockPayment, type OrderRow, type PaymentRow } from './rows.ts';

const { ledgerPosting, orderLine, orders, outbox, payment, paymentAttempt } = schema;

const OPEN = ['new', 'requires_action', 'processing'] as const;

/** What settling found. `openAttempt`: the pay record that was waiting for it and must be woken. */
export interface Settled {
  /** False: somebody was first, or there is nothing of ours to settle. */
  readonly moved: boolean;
  readonly openAttempt: number | null;
}

/**
 * Records an intent's own end: `succeeded` (order paid, copies sold, posting, receipt) or `canceled` (order cancelled,
 * copies freed). Anyone may call it, any number of times, in any order; every move is a guarded UPDATE, and zero rows
 * means that somebody was first. A card's no is not an end: only the pay operation records it.
 *
 * @param intent as the provider says it is now, never as an event or a browser said
 */
export async function settlePayment(
  tx: Tx,
  intent: Intent,
  facts: { readonly recovered?: boolean } = {},
): Promise<Settled> {
  const nothing = { moved: false, openAttempt: null };
  if (intent.status !== 'succeeded' && intent.status !== 'canceled') return nothing;
  await lockCheckout(tx, intent.orderId);
  const order = await lockOrder(tx, intent.orderId);
  const money = order && (await lockPayment(tx, order.id));
  // An intent that is not this order's one: an orphan of a create whose answer was lost. Nobody confirms it.
  if (!order || !money || money.intentId !== intent.id) return nothing;
  const moved =
    intent.status === 'succeeded'
      ? await pay(tx, order, money, intent, facts.recovered ?? false)
      : await cancel(tx, order, money);
  return { moved, openAttempt: money.openAttempt };
}

/**
 * Cancels an order to which the provider holds no intent: nothing can be charged, since `remember` finds the order
 * cancelled. @returns false: an intent was stored meanwhile, so the provider must be asked first
 */
export async function cancelUnsent(tx: Tx, order: OrderRow): Promise<boolean> {
  const ended = await tx
    .update(payment)
    .set({ state: 'canceled' })
    .where(and(eq(payment.orderId, order.id), isNull(payment.intentId), inArray(payment.state, [...OPEN])))
    .returning({ orderId: payment.orderId });
  if (ended.length === 0) return false;
  await free(tx, order);
  return true;
}

async function pay(tx: Tx, order: OrderRow, money: PaymentRow, intent: Intent, recovered: boolean): Promise<boolean> {
  const paid = await tx
    .update(payment)
    .set({ state: 'succeeded', capturedMinor: intent.amountMinor, openAttempt: null, redirectUrl: null })
    // From canceled too: money that the provider has is ours to account for, whatever we believed.
    .where(and(eq(payment.orderId, order.id), inArray(payment.state, [...OPEN, 'canceled'])))
    .returning({ orderId: payment.orderId });
  if (paid.length === 0) return false;
  const lines = await tx.select().from(orderLine).where(eq(orderLine.orderId, order.id));
  const sold = await sellCopies(tx, order.id, lines);
  await tx
    .update(orders)
    .set({
      state: 'paid',
      paidAt: sql`statement_timestamp()`,
      reviewReason: reviewReason(order, intent, sold === lines.length),
    })
    .where(and(eq(orders.id, order.id), inArray(orders.state, ['reserved', 'cancelled'])));
  await endAttempt(tx, order.id, money.openAttempt, { state: 'paid', recovered });
  await tx
    .insert(ledgerPosting)
    .values({
      orderId: order.id,
      providerObjectId: intent.chargeId ?? intent.id,
      kind: 'charge',
      debit: 'provider_balance',
      credit: 'sales',
      amountMinor: intent.amountMinor,
      currency: intent.currency,
    })
    .onConflictDoNothing();
  await tx.insert(outbox).values({ orderId: order.id, kind: 'receipt' }).onConflictDoNothing();
  await endCheckout(tx, order.id, order.cartId, true);
  return true;
}

async function cancel(tx: Tx, order: OrderRow, money: PaymentRow): Promise<boolean> {
  const ended = await tx
    .update(payment)
    .set({ state: 'canceled', redirectUrl: null })
    .where(and(eq(payment.orderId, order.id), inArray(payment.state, [...OPEN])))
    .returning({ orderId: payment.orderId });
  if (ended.length === 0) return false;
  await free(tx, order);
  await endAttempt(tx, order.id, money.openAttempt, { state: 'cancelled' });
  return true;
}

/** The one place where copies of an order become free again: the commit that cancels it. */
async function free(tx: Tx, order: OrderRow): Promise<void> {
  await tx
    .update(orders)
    .set({ state: 'cancelled', cancelledAt: sql`statement_timestamp()` })
    .where(and(eq(orders.id, order.id), eq(orders.state, 'reserved')));
  await freeCopiesOf(tx, order.id);
  await endCheckout(tx, order.id, order.cartId, false);
}

async function endAttempt(
  tx: Tx,
  orderId: string,
  attempt: number | null,
  end: { state: 'paid'; recovered: boolean } | { state: 'cancelled' },
): Promise<void> {
  if (attempt === null) return;
  await tx
    .update(paymentAttempt)
    .set({ ...end, endedAt: sql`statement_timestamp()` })
    .where(
      and(eq(paymentAttempt.orderId, orderId), eq(paymentAttempt.attempt, attempt), eq(paymentAttempt.state, 'open')),
    );
}

/** Money that does not fit the order is kept, and a person is asked. */
function reviewReason(order: OrderRow, intent: Intent, allSold: boolean): string | null {
  if (intent.amountMinor !== order.totalMinor || intent.currency !== order.currency) return 'amount_differs';
  return allSold ? order.reviewReason : 'copy_gone';
}
