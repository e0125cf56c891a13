import { schema, type Tx } from '@once/db';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { type Actor, appendAudit } from './audit.ts';
import { endCheckout } from './checkout.ts';
import { freeCopiesOf, sellCopies } from './copies.ts';
import type { Intent } from './payments/payments.ts';
import { findPromotion, givePromotionBack, takePromotion } from './promotions.ts';
import { flagOrder, lockCheckout, lockOrder, lockPayment, type OrderRow, type PaymentRow } from './rows.ts';

const { ledgerDifference, ledgerPosting, orderLine, orders, outbox, payment, paymentAttempt } = schema;

/** Money has arrived for a copy that somebody else has: the order is refunded in full, by itself. */
export const COPY_GONE = 'copy_gone';

const OPEN = ['new', 'requires_action', 'processing'] as const;

/** What settling found. `openAttempt`: the pay record that was waiting for it and must be woken. */
export interface Settled {
  /** False: there is no such order (yet). */
  readonly known: boolean;
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
  facts: { readonly recovered?: boolean; readonly actor?: Actor } = {},
): Promise<Settled> {
  const { recovered = false, actor = 'provider' } = facts;
  // Without a lock, so that an order which nobody has heard of is an answer and not an error.
  const [born] = await tx.select({ id: orders.id }).from(orders).where(eq(orders.id, intent.orderId));
  if (!born) return { known: false, moved: false, openAttempt: null };
  if (intent.status !== 'succeeded' && intent.status !== 'canceled') {
    return { known: true, moved: false, openAttempt: null };
  }
  await lockCheckout(tx, intent.orderId);
  const order = await lockOrder(tx, intent.orderId);
  const money = order && (await lockPayment(tx, order.id));
  if (!order || !money || !(await isItsIntent(tx, money, intent, actor))) {
    return { known: true, moved: false, openAttempt: null };
  }
  const settling = { order, money, intent, recovered, actor };
  const moved = intent.status === 'succeeded' ? await pay(tx, settling) : await cancel(tx, settling);
  return { known: true, moved, openAttempt: money.openAttempt };
}

/**
 * Cancels an order to which the provider holds no intent: nothing can be charged, since `remember` finds the order
 * cancelled. @returns false: an intent was stored meanwhile, so the provider must be asked first
 */
export async function cancelUnsent(tx: Tx, order: OrderRow, actor: Actor): Promise<boolean> {
  const ended = await tx
    .update(payment)
    .set({ state: 'canceled', askAt: null })
    .where(and(eq(payment.orderId, order.id), isNull(payment.intentId), inArray(payment.state, [...OPEN])))
    .returning({ openAttempt: payment.openAttempt });
  if (ended.length === 0) return false;
  await free(tx, order, actor, ended[0]?.openAttempt ?? null);
  return true;
}

interface Settling {
  readonly order: OrderRow;
  readonly money: PaymentRow;
  readonly intent: Intent;
  readonly recovered: boolean;
  readonly actor: Actor;
}

/**
 * An order has one intent. Another one is an orphan of a create whose answer was lost, which nobody confirms: if it has
 * money all the same, a person must know. Where a restored database knows none, the one with the money is it.
 */
async function isItsIntent(tx: Tx, money: PaymentRow, intent: Intent, actor: Actor): Promise<boolean> {
  if (money.intentId === intent.id) return true;
  if (intent.status !== 'succeeded') return false;
  if (money.intentId === null) {
    await tx
      .update(payment)
      .set({ intentId: intent.id })
      .where(and(eq(payment.orderId, money.orderId), isNull(payment.intentId)));
    return true;
  }
  await differs(tx, money.orderId, 'second_charge', actor, {
    providerObjectId: intent.chargeId ?? intent.id,
    kind: 'second_charge',
    theirsMinor: intent.amountMinor,
    currency: intent.currency,
  });
  return false;
}

/** Kept once, and whoever opens the order is told why. */
async function differs(
  tx: Tx,
  orderId: string,
  reviewReason: string,
  actor: Actor,
  difference: Omit<typeof ledgerDifference.$inferInsert, 'orderId'>,
): Promise<void> {
  const found = await tx
    .insert(ledgerDifference)
    .values({ ...difference, orderId })
    .onConflictDoNothing()
    .returning({ id: ledgerDifference.providerObjectId });
  if (found.length > 0) await flagOrder(tx, orderId, reviewReason, actor);
}

async function pay(tx: Tx, { order, money, intent, recovered, actor }: Settling): Promise<boolean> {
  const paid = await tx
    .update(payment)
    .set({
      state: 'succeeded',
      capturedMinor: intent.amountMinor,
      openAttempt: null,
      redirectUrl: null,
      askAt: null,
    })
    // From canceled too: money that the provider has is ours to account for, whatever we believed.
    .where(and(eq(payment.orderId, order.id), inArray(payment.state, [...OPEN, 'canceled'])))
    .returning({ orderId: payment.orderId });
  if (paid.length === 0) return false;
  const lines = await tx.select().from(orderLine).where(eq(orderLine.orderId, order.id));
  const sold = await sellCopies(tx, order.id, lines);
  const reviewReason = reasonToReview(order, intent, sold === lines.length);
  await tx
    .update(orders)
    .set({ state: 'paid', paidAt: sql`statement_timestamp()`, reviewReason })
    .where(and(eq(orders.id, order.id), inArray(orders.state, ['reserved', 'cancelled'])));
  if (order.state === 'cancelled') await takePromotionAgain(tx, order);
  await endAttempt(tx, order.id, money.openAttempt, { state: 'paid', recovered });
  await postCharge(tx, order.id, intent);
  await tx.insert(outbox).values({ orderId: order.id, kind: 'receipt' }).onConflictDoNothing();
  await endCheckout(tx, order.id, order.cartId, lines);
  await appendAudit(tx, {
    ...{ orderId: order.id, actor, action: 'order.paid', attempt: money.openAttempt },
    detail: { amountMinor: intent.amountMinor, recovered, late: order.state === 'cancelled', reviewReason },
  });
  return true;
}

async function postCharge(tx: Tx, orderId: string, intent: Intent): Promise<void> {
  await tx
    .insert(ledgerPosting)
    .values({
      orderId,
      providerObjectId: intent.chargeId ?? intent.id,
      kind: 'charge',
      debit: 'provider_balance',
      credit: 'sales',
      amountMinor: intent.amountMinor,
      currency: intent.currency,
    })
    .onConflictDoNothing();
}

/** Late money for an order whose use was given back. If somebody else has had the last one, the order keeps its price. */
async function takePromotionAgain(tx: Tx, order: OrderRow): Promise<void> {
  const promotion = await findPromotion(tx, order.promotionCode);
  if (promotion) await takePromotion(tx, promotion, order.id);
}

async function cancel(tx: Tx, settling: Settling): Promise<boolean> {
  const { order, money, actor } = settling;
  const ended = await tx
    .update(payment)
    .set({ state: 'canceled', redirectUrl: null, askAt: null })
    .where(and(eq(payment.orderId, order.id), inArray(payment.state, [...OPEN])))
    .returning({ orderId: payment.orderId });
  if (ended.length === 0) {
    await noteReversal(tx, settling);
    return false;
  }
  await free(tx, order, actor, money.openAttempt);
  await endAttempt(tx, order.id, money.openAttempt, { state: 'cancelled' });
  return true;
}

/**
 * The provider had said that it is paid, and has taken the charge back by itself, as it may when it repairs what failed.
 * The print may be on its way, so nothing is undone here.
 */
async function noteReversal(tx: Tx, { order, money, intent, actor }: Settling): Promise<void> {
  if (money.state !== 'succeeded') return;
  await differs(tx, order.id, 'charge_reversed', actor, {
    providerObjectId: intent.chargeId ?? intent.id,
    kind: 'missing_there',
    oursMinor: money.capturedMinor,
    currency: intent.currency,
  });
}

/** The one place where copies of an order become free again: the commit that cancels it. */
async function free(tx: Tx, order: OrderRow, actor: Actor, attempt: number | null): Promise<void> {
  await tx
    .update(orders)
    .set({ state: 'cancelled', cancelledAt: sql`statement_timestamp()` })
    .where(and(eq(orders.id, order.id), eq(orders.state, 'reserved')));
  await freeCopiesOf(tx, order.id);
  await givePromotionBack(tx, order.id);
  await endCheckout(tx, order.id, order.cartId, null);
  await appendAudit(tx, { orderId: order.id, actor, action: 'order.cancelled', attempt });
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

/** Money that does not fit the order is kept, and a person is asked. Where a copy is gone, it goes back whole. */
function reasonToReview(order: OrderRow, intent: Intent, allSold: boolean): string | null {
  if (!allSold) return COPY_GONE;
  if (intent.amountMinor !== order.totalMinor || intent.currency !== order.currency) return 'amount_differs';
  return order.reviewReason;
}
