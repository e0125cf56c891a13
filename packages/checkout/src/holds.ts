import { schema } from '@once/db';
import { and, asc, eq, isNull, lte, ne, or, sql } from 'drizzle-orm';
import { HoldRenewed } from './cancel.ts';
import { freeCopy } from './copies.ts';
import type { Shop } from './shop.ts';

const { cart, cartLine, checkout, payment } = schema;

const over = sql`statement_timestamp()`;

/**
 * Ends holds that ran out: of numbers in carts, and of checkouts (by the `checkout.end_hold` operation, which asks the
 * provider first where a payment may be open). A payment that the bank still works on is waited for. Safe in any number of
 * processes at once: candidates are found by a plain SELECT, and each is then taken by a guarded UPDATE or a claim.
 *
 * @returns how many were found
 */
export async function endHolds(shop: Shop, { limit = 50 }: { readonly limit?: number } = {}): Promise<number> {
  return (await endCartHolds(shop, limit)) + (await endCheckoutHolds(shop, limit));
}

async function endCheckoutHolds(shop: Shop, limit: number): Promise<number> {
  const due = await shop.db
    .select({ id: checkout.id })
    .from(checkout)
    .leftJoin(payment, eq(payment.orderId, checkout.id))
    .where(
      and(
        eq(checkout.state, 'open'),
        lte(checkout.holdUntil, over),
        or(isNull(payment.state), ne(payment.state, 'processing')),
      ),
    )
    .orderBy(asc(checkout.holdUntil))
    .limit(limit);
  for (const { id } of due) {
    try {
      await shop.once.run(shop.workflows.endHold, {
        scope: id,
        key: `${id}.end`,
        input: { checkoutId: id },
        waitMs: 0,
      });
    } catch (error) {
      // Renewed or taken by another process meanwhile; anything else shows up again in the next turn.
      if (!(error instanceof HoldRenewed)) shop.onError(error);
    }
  }
  return due.length;
}

/** Numbers in carts without an open checkout; with one, the checkout's own hold counts. */
async function endCartHolds(shop: Shop, limit: number): Promise<number> {
  const due = await shop.db
    .select({ cartId: cartLine.cartId, editionId: cartLine.editionId, number: cartLine.number })
    .from(cartLine)
    .innerJoin(cart, eq(cart.id, cartLine.cartId))
    .where(and(lte(cartLine.holdUntil, over), isNull(cart.checkoutId)))
    .orderBy(asc(cartLine.holdUntil))
    .limit(limit);
  for (const line of due) {
    await shop.db.transaction(async (tx) => {
      // Held by the cart itself only: a checkout that was started meanwhile has taken the copy over.
      await freeCopy(tx, line, [line.cartId]);
      await tx
        .update(cartLine)
        .set({ holdUntil: null })
        .where(
          and(
            eq(cartLine.cartId, line.cartId),
            eq(cartLine.editionId, line.editionId),
            eq(cartLine.number, line.number),
            lte(cartLine.holdUntil, over),
          ),
        );
    });
  }
  return due.length;
}
