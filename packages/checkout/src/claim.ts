import { type Db, schema } from '@once/db';
import { and, eq, exists, notExists, sql } from 'drizzle-orm';
import { appendAudit } from './audit.ts';
import { transact } from './transact.ts';

const { accountCart, authUser, orderClaim, orders } = schema;

/**
 * Gives an account the orders that guests placed with its e-mail address. Only an address that was confirmed counts, which
 * the statement itself asks; and an order that an account has already, by its cart or by a claim, stays there.
 *
 * @returns the ids of the orders that this call claimed
 */
export async function claimOrders(db: Db, userId: string): Promise<string[]> {
  return await transact(db, async (tx) => {
    const theirs = tx
      .select({ one: sql`1` })
      .from(authUser)
      .where(
        and(
          eq(authUser.id, userId),
          eq(authUser.emailVerified, true),
          sql`lower(${authUser.email}) = lower(${orders.email})`,
        ),
      );
    const adopted = tx.select({ one: sql`1` }).from(accountCart).where(eq(accountCart.cartId, orders.cartId));
    const found = await tx
      .select({ orderId: orders.id })
      .from(orders)
      .where(and(exists(theirs), notExists(adopted)));
    if (found.length === 0) return [];
    const claimed = await tx
      .insert(orderClaim)
      .values(found.map(({ orderId }) => ({ orderId, userId })))
      .onConflictDoNothing()
      .returning({ orderId: orderClaim.orderId });
    if (claimed.length > 0) {
      await appendAudit(
        tx,
        ...claimed.map(({ orderId }) => ({
          ...({ orderId, actor: 'shopper', action: 'order.claimed' } as const),
          detail: { userId },
        })),
      );
    }
    return claimed.map(({ orderId }) => orderId);
  });
}
