import { type Db, schema, type Tx } from '@once/db';
import { and, desc, eq, sql } from 'drizzle-orm';
import { MAX_COPIES } from './cart.ts';
import { inLockOrder, takeCopy } from './copies.ts';
import { cartOf } from './owner.ts';
import { lockOpenCheckout } from './rows.ts';
import { transact } from './transact.ts';

const { accountCart, authUser, cart, cartLine } = schema;

interface Adoption {
  readonly userId: string;
  /** Of the guest who signs in. */
  readonly cartId: string;
}

/**
 * Gives a guest's cart to the account that signs in, with its checkout and its orders. The account goes on with that cart,
 * if anything is in it; what lay in its other one comes along, unless one of the two has a checkout: lines are never taken
 * out of a cart that has one, and such a cart stays as it is, its checkout open to the account.
 *
 * Again, or twice at once, it comes to the same end.
 *
 * @returns false: the cart is another account's
 */
export async function adoptCart(db: Db, adoption: Adoption): Promise<boolean> {
  for (;;) {
    try {
      return await transact(db, (tx) => adopt(tx, adoption));
    } catch (error) {
      // A checkout was started on one of the carts in this very moment: it is seen now.
      if (!(error instanceof CheckoutStarted)) throw error;
    }
  }
}

async function adopt(tx: Tx, { userId, cartId }: Adoption): Promise<boolean> {
  // One at a time for each account: two browsers that sign in at once must see each other's cart.
  await tx.select({ id: authUser.id }).from(authUser).where(eq(authUser.id, userId)).for('no key update');
  const current = await cartOf(tx, { userId, guestCartId: null });
  if (current === cartId) return true;
  await tx.insert(cart).values({ id: cartId }).onConflictDoNothing();
  const given = await stateOf(tx, cartId);
  const goesOn = current === null || given.hasCheckout || given.lines.length > 0;
  const [ours] = await tx
    .insert(accountCart)
    .values({ cartId, userId, currentAt: goesOn ? sql`statement_timestamp()` : null })
    .onConflictDoUpdate({
      target: accountCart.cartId,
      set: goesOn ? { currentAt: sql`statement_timestamp()` } : { userId },
      setWhere: eq(accountCart.userId, userId),
    })
    .returning({ cartId: accountCart.cartId });
  if (!ours) return false;
  if (goesOn && current !== null) await bringAlong(tx, { from: current, to: cartId, has: given });
  return true;
}

interface CartState {
  /** Open, or one that has ended and was not taken off. */
  readonly checkoutId: string | null;
  readonly hasCheckout: boolean;
  readonly lines: readonly (typeof cartLine.$inferSelect)[];
}

async function stateOf(tx: Tx, cartId: string): Promise<CartState> {
  const [row] = await tx.select({ checkoutId: cart.checkoutId }).from(cart).where(eq(cart.id, cartId));
  const open = await lockOpenCheckout(tx, cartId);
  const lines = await tx.select().from(cartLine).where(eq(cartLine.cartId, cartId)).orderBy(desc(cartLine.addedAt));
  return { checkoutId: row?.checkoutId ?? null, hasCheckout: open !== undefined, lines };
}

/** Moves the latest lines that there is room for; older ones stay behind, and their holds end by themselves. */
async function bringAlong(tx: Tx, { from, to, has }: { from: string; to: string; has: CartState }): Promise<void> {
  const other = await stateOf(tx, from);
  if (has.hasCheckout || other.hasCheckout) return;
  const mine = new Set(has.lines.map(nameOf));
  const moved = other.lines.filter((line) => !mine.has(nameOf(line))).slice(0, MAX_COPIES - has.lines.length);
  // A line whose hold has ended goes without its copy.
  for (const line of inLockOrder(moved)) if (line.holdUntil !== null) await takeCopy(tx, line, to, [from]);
  const seen = [
    { id: from, checkoutId: other.checkoutId },
    { id: to, checkoutId: has.checkoutId },
  ];
  for (const { id, checkoutId } of seen.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const locked = tx
      .update(cart)
      .set({ updatedAt: sql`statement_timestamp()` })
      .where(and(eq(cart.id, id), sql`${cart.checkoutId} is not distinct from ${checkoutId}::uuid`))
      .returning({ id: cart.id });
    if ((await locked).length === 0) throw new CheckoutStarted();
  }
  for (const { editionId, number } of moved) {
    await tx
      .update(cartLine)
      .set({ cartId: to })
      .where(and(eq(cartLine.cartId, from), eq(cartLine.editionId, editionId), eq(cartLine.number, number)));
  }
}

const nameOf = ({ editionId, number }: { editionId: string; number: number }) => `${editionId}/${number}`;

/** Rolls back what was moved. */
class CheckoutStarted extends Error {}
