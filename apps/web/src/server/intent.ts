import { type Db, schema } from '@once/db';
import { and, eq } from 'drizzle-orm';

const { orders, payment } = schema;

/** The payment of an order of this cart at the provider; null: none was made yet, or the order is somebody else's. */
export async function intentOfOrder(
  db: Db,
  { orderId, cartId }: { readonly orderId: string; readonly cartId: string },
): Promise<string | null> {
  const [found] = await db
    .select({ id: payment.intentId })
    .from(payment)
    .innerJoin(orders, eq(orders.id, payment.orderId))
    .where(and(eq(payment.orderId, orderId), eq(orders.cartId, cartId)));
  return found?.id ?? null;
}

/** The order of a payment at the provider. Whose it is has still to be seen. */
export async function orderOfIntent(db: Db, intentId: string): Promise<string | null> {
  const [found] = await db.select({ id: payment.orderId }).from(payment).where(eq(payment.intentId, intentId));
  return found?.id ?? null;
}
