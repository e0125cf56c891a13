import { schema } from '@once/db';
import { and, asc, eq, isNull, lt, notExists, sql } from 'drizzle-orm';
import type { Shop } from './shop.ts';

const { cart, cartLine, checkout, orders } = schema;

const longAgo = sql`statement_timestamp() - interval '30 days'`;

/**
 * Removes carts and checkouts that were left alone for 30 days. Checkouts that became orders stay: their ids keep an order
 * from being paid twice. Candidates are found by a plain SELECT; each is removed by a DELETE that asks everything again.
 *
 * @returns how many were removed
 */
export async function tidyUp(shop: Shop, { limit = 100 }: { readonly limit?: number } = {}): Promise<number> {
  return (await removeCheckouts(shop, limit)) + (await removeCarts(shop, limit));
}

async function removeCheckouts({ db }: Shop, limit: number): Promise<number> {
  const isLeft = and(
    eq(checkout.state, 'ended'),
    lt(checkout.endedAt, longAgo),
    notExists(db.select({ one: sql`1` }).from(orders).where(eq(orders.id, checkout.id))),
  );
  const left = await db.select({ id: checkout.id }).from(checkout).where(isLeft).orderBy(asc(checkout.id)).limit(limit);
  let removed = 0;
  for (const { id } of left) {
    const rows = await db
      .delete(checkout)
      .where(and(eq(checkout.id, id), isLeft))
      .returning({ id: checkout.id });
    removed += rows.length;
  }
  return removed;
}

async function removeCarts({ db }: Shop, limit: number): Promise<number> {
  const isLeft = and(isNull(cart.checkoutId), lt(cart.updatedAt, longAgo));
  const left = await db.select({ id: cart.id }).from(cart).where(isLeft).orderBy(asc(cart.id)).limit(limit);
  let removed = 0;
  for (const { id } of left) {
    // The cart first: its row is what an `add` waits for, and then finds gone.
    removed += await db.transaction(async (tx) => {
      const rows = await tx
        .delete(cart)
        .where(and(eq(cart.id, id), isLeft))
        .returning({ id: cart.id });
      if (rows.length > 0) await tx.delete(cartLine).where(eq(cartLine.cartId, id));
      return rows.length;
    });
  }
  return removed;
}
