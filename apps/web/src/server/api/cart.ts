import { addToCart, type CartView, getCart, priceOf, removeFromCart } from '@once/checkout';
import { add, remove } from './input.ts';
import { guestProcedure, procedure, router } from './trpc.ts';

const EMPTY: CartView = {
  checkoutId: null,
  paymentOpen: false,
  lines: [],
  totals: priceOf([], 'tracked'),
  holdUntil: null,
};

export const cart = router({
  get: procedure.query(async ({ ctx }) => ({
    ...(ctx.guest ? await getCart(ctx.storefront.shop.db, ctx.guest) : EMPTY),
    // The page counts holds down by our clock, whatever the shopper's says.
    nowMs: Date.now(),
  })),

  add: procedure
    .input(add)
    .mutation(({ ctx, input }) => addToCart(ctx.storefront.shop.db, { ...input, cartId: ctx.ensureGuest() })),

  remove: guestProcedure
    .input(remove)
    .mutation(({ ctx, input }) => removeFromCart(ctx.storefront.shop.db, { ...input, cartId: ctx.cartId })),
});
