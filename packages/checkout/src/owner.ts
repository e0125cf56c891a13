import { type Db, schema, type Tx } from '@once/db';
import { and, desc, eq, exists, inArray, isNotNull, or, sql } from 'drizzle-orm';
import { CheckoutError } from './errors.ts';

// A cart, its checkouts and its orders belong to whoever has the guest's cookie, and to the account that adopted the cart.
// An order also belongs to the account that claimed it (claim.ts).

const { accountCart, checkout, orderClaim, orders } = schema;

/** Who asks, after cookies were checked. */
export interface Owner {
  /** The cart in the guest's cookie; null: none. */
  readonly guestCartId: string | null;
  /** The account that is signed in; null: none. */
  readonly userId: string | null;
}

/** The cart that somebody fills: the account's where there is one, else the guest's. Null: none yet. */
export async function cartOf(db: Db | Tx, { guestCartId, userId }: Owner): Promise<string | null> {
  if (userId === null) return guestCartId;
  const [row] = await db
    .select({ cartId: accountCart.cartId })
    .from(accountCart)
    .where(and(eq(accountCart.userId, userId), isNotNull(accountCart.currentAt)))
    .orderBy(desc(accountCart.currentAt), desc(accountCart.cartId))
    .limit(1);
  return row?.cartId ?? guestCartId;
}

/**
 * The cart that a checkout was started on, for one of its owners. Somebody else's checkout looks like none at all.
 *
 * @throws {CheckoutError} `NOT_FOUND`
 */
export async function cartOfCheckout(db: Db, checkoutId: string, owner: Owner): Promise<string> {
  const { guestCartId, userId } = owner;
  // A guest's cart goes into the WHERE of what is asked for: nothing has to be looked up first.
  if (userId === null && guestCartId !== null) return guestCartId;
  const [row] =
    userId === null
      ? []
      : await db
          .select({ cartId: checkout.cartId })
          .from(checkout)
          .where(
            and(eq(checkout.id, checkoutId), or(ofCarts(db, checkout.cartId, owner), claimed(db, checkout.id, userId))),
          );
  if (!row) throw new CheckoutError('NOT_FOUND', 'no such checkout');
  return row.cartId;
}

/** The orders of this owner, as a condition on `orders`. */
export const ordersOf = (db: Db, owner: Owner) =>
  owner.userId === null
    ? ofCarts(db, orders.cartId, owner)
    : or(ofCarts(db, orders.cartId, owner), inArray(orders.id, claimsOf(db, owner.userId)));

function ofCarts(db: Db, cartId: typeof orders.cartId | typeof checkout.cartId, { guestCartId, userId }: Owner) {
  const guests = guestCartId === null ? sql`false` : eq(cartId, guestCartId);
  if (userId === null) return guests;
  const adopted = db.select({ cartId: accountCart.cartId }).from(accountCart).where(eq(accountCart.userId, userId));
  return or(guests, inArray(cartId, adopted));
}

const claimsOf = (db: Db, userId: string) =>
  db.select({ orderId: orderClaim.orderId }).from(orderClaim).where(eq(orderClaim.userId, userId));

const claimed = (db: Db, orderId: typeof checkout.id, userId: string) =>
  exists(
    db
      .select({ one: sql`1` })
      .from(orderClaim)
      .where(and(eq(orderClaim.orderId, orderId), eq(orderClaim.userId, userId))),
  );
