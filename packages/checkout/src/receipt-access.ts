import { type Db, schema } from '@once/db';
import { and, eq, isNotNull, sql } from 'drizzle-orm';
import { appendAudit } from './audit.ts';
import { CheckoutError } from './errors.ts';
import type { ReceiptLink } from './receipt-links.ts';
import { transact } from './transact.ts';

const { orders } = schema;

/**
 * The cart of the order whose receipt a link opens, once its signature was seen to be ours. Of an order that nobody has paid
 * there is no receipt; a link that was ended looks like one of no order at all.
 *
 * @throws {CheckoutError} `NOT_FOUND`
 */
export async function cartOfReceipt(db: Db, { orderId, linksEnded }: ReceiptLink): Promise<string> {
  const [row] = await db
    .select({ cartId: orders.cartId })
    .from(orders)
    .where(and(eq(orders.id, orderId), eq(orders.receiptLinksEnded, linksEnded), isNotNull(orders.paidAt)));
  if (!row) throw new CheckoutError('NOT_FOUND', 'no such receipt');
  return row.cartId;
}

/**
 * Ends the link to a receipt, at the wish of whoever owns the order; the next one is good from then on. The same link is
 * ended once, however often it is asked for.
 *
 * @throws {CheckoutError} `NOT_FOUND`, for somebody else's order too
 */
export async function endReceiptLink(
  db: Db,
  { orderId, linksEnded, cartId }: ReceiptLink & { readonly cartId: string },
): Promise<void> {
  const theirs = and(eq(orders.id, orderId), eq(orders.cartId, cartId), isNotNull(orders.paidAt));
  await transact(db, async (tx) => {
    const ended = await tx
      .update(orders)
      .set({ receiptLinksEnded: sql`${orders.receiptLinksEnded} + 1` })
      .where(and(theirs, eq(orders.receiptLinksEnded, linksEnded)))
      .returning({ id: orders.id });
    if (ended.length > 0) {
      await appendAudit(tx, { orderId, actor: 'shopper', action: 'order.link_ended' });
      return;
    }
    const [order] = await tx.select({ id: orders.id }).from(orders).where(theirs);
    if (!order) throw new CheckoutError('NOT_FOUND', 'no such order');
  });
}
