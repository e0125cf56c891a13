import { addToCart, adoptCart, type CartView, getCart, priceOf, removeFromCart } from '@once/checkout';
import { add, remove } from './input.ts';
import { type Context, guestProcedure, procedure, router } from './trpc.ts';

const EMPTY: CartView = {
  checkoutId: null,
  paymentOpen: false,
  lines: [],
  totals: priceOf([], 'tracked'),
  holdUntil: null,
};

export const cart = router({
  get: procedure.query(async ({ ctx }) => ({
    ...(ctx.shopper.cartId ? await getCart(ctx.storefront.shop.db, ctx.shopper.cartId) : EMPTY),
    // The page counts holds down by our clock, whatever the shopper's says.
    nowMs: Date.now(),
  })),

  add: procedure.input(add).mutation(async ({ ctx, input }) => {
    return await addToCart(ctx.storefront.shop.db, { ...input, cartId: await ensureCart(ctx) });
  }),

  remove: guestProcedure
    .input(remove)
    .mutation(({ ctx, input }) => removeFromCart(ctx.storefront.shop.db, { ...input, cartId: ctx.cartId })),
});

/** Their cart; where there is none yet, a new one: the account's, or a guest's, whose cookie goes out with the answer. */
async function ensureCart({ shopper, storefront, setCookie }: Context): Promise<string> {
  if (shopper.cartId !== null) return shopper.cartId;
  const { cartId, setCookie: cookie } = storefront.guests.create();
  if (shopper.userId === null) setCookie(cookie);
  else await adoptCart(storefront.shop.db, { userId: shopper.userId, cartId });
  return cartId;
}
