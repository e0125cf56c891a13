import { schema } from '@once/db';
import { isIdempotencyError, type OutcomeOf } from '@once/idempotency';
import { and, asc, eq, isNull, notExists, or, sql } from 'drizzle-orm';
import type { Actor } from '../audit.ts';
import { CheckoutError } from '../errors.ts';
import { asCheckoutError } from '../press.ts';
import { COPY_GONE } from '../settle.ts';
import type { Shop } from '../shop.ts';
import type { RefundRefusal } from './reserve.ts';

const { orders, payment, refund } = schema;

export interface RefundRequest {
  readonly orderId: string;
  /** A UUIDv7 that the page makes once per intent to refund, and keeps before it sends: a double click is one refund. */
  readonly refundId: string;
  readonly amountMinor: number;
  /** Lines of the order whose copies go back on sale; their certificates become void. A full refund takes all of them. */
  readonly lines?: readonly number[];
  /** What was refunded and on its way back when the page was drawn: two people at once are not two refunds. */
  readonly refundedMinor: number;
  readonly reason: string;
  readonly actor: Actor;
}

/** What a request to refund has come to. `refused`: by the provider, in its word. */
export type RefundAnswer =
  | { readonly answer: 'succeeded' | 'pending' | 'failed' }
  | RefundRefusal
  | { readonly answer: 'refused'; readonly reason: string }
  /** Sent, or being sent, and not heard of yet. The same request may be sent again. */
  | { readonly answer: 'unknown'; readonly retryAfterMs: number }
  | { readonly answer: 'needs_review' };

/**
 * Gives money back to whoever paid. The same refund id gets the same answer however often it comes.
 *
 * @throws {CheckoutError} `NOT_FOUND`, `PAYMENT_UNKNOWN`, `NOT_PAID`, `DISPUTED`, `REFUND_INVALID`, `KEY_REUSED` (this refund
 *   id was sent with another amount), `UNAVAILABLE`
 */
export async function refundOrder(shop: Shop, { lines = [], ...request }: RefundRequest): Promise<RefundAnswer> {
  const { orderId, refundId, amountMinor, refundedMinor } = request;
  if (![amountMinor, refundedMinor, ...lines].every(Number.isSafeInteger)) {
    throw new CheckoutError('REFUND_INVALID', 'amounts are whole minor units');
  }
  try {
    const outcome = await shop.once.run(shop.workflows.refund, {
      scope: orderId,
      key: refundId,
      input: { ...request, lines: [...lines] },
    });
    return answerTo(outcome);
  } catch (error) {
    if (!isIdempotencyError(error)) throw error;
    if (error.code === 'IDEMPOTENCY_IN_FLIGHT' || error.code === 'IDEMPOTENCY_LEASE_LOST') {
      return { answer: 'unknown', retryAfterMs: error.facts.retryAfterMs ?? 1_000 };
    }
    throw asCheckoutError(error);
  }
}

/**
 * Returns money that arrived for a copy which somebody else has: in full, once. The refund has the order's own id, so
 * however many processes find the order they ask for the same one.
 *
 * @returns how many orders were found
 */
export async function returnLateMoney(shop: Shop, { limit = 20 }: { readonly limit?: number } = {}): Promise<number> {
  const found = await shop.db
    .select({ orderId: orders.id, amountMinor: payment.capturedMinor })
    .from(orders)
    .innerJoin(payment, eq(payment.orderId, orders.id))
    .where(
      and(
        eq(orders.state, 'paid'),
        eq(orders.reviewReason, COPY_GONE),
        // Disputed, or refunded in part by hand: a person is at it.
        or(isNull(payment.dispute), eq(payment.dispute, 'closed')),
        eq(payment.refundedMinor, 0),
        eq(payment.refundPendingMinor, 0),
        notExists(
          shop.db
            .select({ one: sql`1` })
            .from(refund)
            .where(and(eq(refund.orderId, orders.id), eq(refund.id, orders.id))),
        ),
      ),
    )
    .orderBy(asc(orders.id))
    .limit(limit);
  for (const { orderId, amountMinor } of found) {
    try {
      const what = { orderId, refundId: orderId, amountMinor, refundedMinor: 0 };
      await refundOrder(shop, { ...what, reason: COPY_GONE, actor: 'worker' });
    } catch (error) {
      shop.onError(error);
    }
  }
  return found.length;
}

function answerTo(outcome: OutcomeOf<Shop['workflows']['refund']>): RefundAnswer {
  switch (outcome.status) {
    case 'succeeded':
      return { answer: outcome.value.answer };
    case 'rejected':
      return outcome.reason;
    case 'waiting':
      return { answer: 'unknown', retryAfterMs: outcome.retryAfterMs };
    case 'unknown':
      return outcome.needsReview
        ? { answer: 'needs_review' }
        : { answer: 'unknown', retryAfterMs: outcome.retryAfterMs };
  }
}
