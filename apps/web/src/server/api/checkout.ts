import {
  CheckoutError,
  cancelCheckout,
  checkoutStatus,
  extendHold,
  getCheckout,
  payCheckout,
  startCheckout,
  updateCheckout,
} from '@once/checkout';
import { TEST_CARDS } from '#checkout/test-cards.ts';
import { intentOfOrder } from '#server/intent.ts';
import * as takes from './input.ts';
import { guestProcedure, procedure, router } from './trpc.ts';

export const checkout = router({
  start: procedure.mutation(async ({ ctx }) => {
    if (ctx.shopper.cartId === null) throw new CheckoutError('CART_EMPTY', 'there is nothing in the cart');
    return await startCheckout(ctx.storefront.shop.db, ctx.shopper.cartId);
  }),

  get: guestProcedure.input(takes.ofCheckout).query(async ({ ctx, input }) => ({
    ...(await getCheckout(ctx.storefront.shop.db, { ...input, cartId: ctx.cartId })),
    nowMs: Date.now(),
  })),

  update: guestProcedure.input(takes.update).mutation(async ({ ctx, input }) => {
    if (input.promotionCode) await ctx.count('promotion');
    await updateCheckout(ctx.storefront.shop.db, { ...input, cartId: ctx.cartId });
  }),

  extendHold: guestProcedure
    .input(takes.ofCheckout)
    .mutation(({ ctx, input }) => extendHold(ctx.storefront.shop.db, { ...input, cartId: ctx.cartId })),

  cancel: guestProcedure
    .input(takes.ofCheckout)
    .mutation(({ ctx, input }) => cancelCheckout(ctx.storefront.shop, { ...input, cartId: ctx.cartId })),

  /** Stands in for the provider's own form, which makes the token in the browser. */
  testToken: guestProcedure.input(takes.testToken).mutation(async ({ ctx, input: { checkoutId, card } }) => {
    const { shop, cardForm } = ctx.storefront;
    if (cardForm.kind !== 'local') throw new CheckoutError('NOT_FOUND', 'there are no test cards here');
    await getCheckout(shop.db, { checkoutId, cartId: ctx.cartId });
    const instrument = TEST_CARDS.find(({ id }) => id === card)?.instrument ?? TEST_CARDS[0].instrument;
    try {
      return await shop.payments.testToken(instrument);
    } catch (cause) {
      throw new CheckoutError('UNAVAILABLE', 'the payment provider cannot be reached', { cause });
    }
  }),

  /** Stands in for the bank's own page. */
  testAction: guestProcedure.input(takes.testAction).mutation(async ({ ctx, input: { checkoutId, result } }) => {
    const { shop, cardForm } = ctx.storefront;
    const theirs = { orderId: checkoutId, cartId: ctx.cartId };
    const intentId = cardForm.kind === 'local' ? await intentOfOrder(shop.db, theirs) : null;
    if (intentId === null) throw new CheckoutError('NOT_FOUND', 'no bank asks anything of this payment');
    try {
      await shop.payments.testAction(intentId, result);
    } catch (cause) {
      throw new CheckoutError('UNAVAILABLE', 'the payment provider cannot be reached', { cause });
    }
  }),

  pay: guestProcedure.input(takes.pay).mutation(async ({ ctx, input }) => {
    const { shop, gates } = ctx.storefront;
    const place = gates.payments.place();
    const admit = async () => {
      place.take();
      await ctx.count('pay');
    };
    try {
      return await payCheckout(shop, { ...input, cartId: ctx.cartId, admit });
    } finally {
      place.leave();
    }
  }),

  status: guestProcedure
    .input(takes.ofCheckout)
    .query(({ ctx, input }) => checkoutStatus(ctx.storefront.shop, { ...input, cartId: ctx.cartId })),
});
