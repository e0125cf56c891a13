import { schema } from '@once/db';
import { and, eq, sql } from 'drizzle-orm';
import { appendAudit } from '../audit.ts';
import { CheckoutError } from '../errors.ts';
import { COPY_GONE } from '../settle.ts';
import type { Shop } from '../shop.ts';
import { type ByHand, byHand, type HandAnswer, moved } from './by-hand.ts';

const { orders } = schema;

/** Reasons that something other than a person's word ends: the dispute, and the refund of money for a copy that is gone. */
const ENDED_BY_ITSELF: readonly string[] = ['disputed', COPY_GONE];

/**
 * Says that somebody has looked at a flagged order, and takes its flag away.
 *
 * @param reviewReason as the page showed it: another one is another question
 * @throws {CheckoutError} `NOT_FOUND`; `REVIEW_OPEN` when the flag goes by itself once its cause is over
 */
export async function reviewOrder(
  shop: Shop,
  { orderId, reviewReason }: { readonly orderId: string; readonly reviewReason: string },
  hand: ByHand,
): Promise<HandAnswer> {
  if (ENDED_BY_ITSELF.includes(reviewReason)) {
    throw new CheckoutError('REVIEW_OPEN', `an order that is ${reviewReason} is not done by looking at it`);
  }
  return await byHand(shop, { operation: 'staff.review_order', scope: orderId }, hand, async (tx) => {
    const reviewed = await tx
      .update(orders)
      .set({ reviewReason: sql`null` })
      .where(and(eq(orders.id, orderId), eq(orders.reviewReason, reviewReason)))
      .returning({ id: orders.id });
    if (reviewed.length === 0) {
      const [order] = await tx.select({ why: orders.reviewReason }).from(orders).where(eq(orders.id, orderId));
      if (!order) throw new CheckoutError('NOT_FOUND', 'no such order');
      return moved(order.why ?? 'reviewed');
    }
    const { actor, reason } = hand;
    await appendAudit(tx, { orderId, actor, action: 'order.reviewed', detail: { was: reviewReason, reason } });
    return undefined;
  });
}
