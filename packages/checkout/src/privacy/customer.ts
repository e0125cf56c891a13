import { type Db, schema, type Tx } from '@once/db';
import { eq, inArray, or, sql } from 'drizzle-orm';

const { accountCart, authUser, checkout, orderClaim, orders } = schema;

/** What an erased address says. Nobody can ever confirm it: `.invalid` leads nowhere. */
export const ERASED_EMAIL = 'erased@once.invalid';

/**
 * Everything that is known of one person, as conditions: what has their e-mail address, and what belongs to the account
 * with it. Guests are known by their address alone.
 */
export function customer(db: Db | Tx, email: string) {
  const has = (column: typeof orders.email | typeof checkout.email | typeof authUser.email) =>
    eq(sql`lower(${column})`, email.trim().toLowerCase());
  const account = has(authUser.email);
  const accounts = db.select({ id: authUser.id }).from(authUser).where(account);
  const carts = db
    .select({ cartId: accountCart.cartId })
    .from(accountCart)
    .where(inArray(accountCart.userId, accounts));
  const claims = db
    .select({ orderId: orderClaim.orderId })
    .from(orderClaim)
    .where(inArray(orderClaim.userId, accounts));
  const ordered = or(has(orders.email), inArray(orders.cartId, carts), inArray(orders.id, claims));
  const orderIds = db.select({ id: orders.id }).from(orders).where(ordered);
  return {
    account,
    orders: ordered,
    /** Of orders, and those that became none. */
    checkouts: or(has(checkout.email), inArray(checkout.cartId, carts), inArray(checkout.id, orderIds)),
  };
}
