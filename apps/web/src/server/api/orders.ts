import { CheckoutError, cartOfReceipt, checkoutStatus, endReceiptLink, getOrder, listOrders } from '@once/checkout';
import { endLink, ofOrder, ofReceipt } from './input.ts';
import { guestProcedure, procedure, router } from './trpc.ts';

export const orders = router({
  get: guestProcedure
    .input(ofOrder)
    .query(({ ctx, input }) => getOrder(ctx.storefront.shop.db, { ...input, cartId: ctx.cartId })),

  /** The account's, and the guest's of this browser. */
  list: procedure.query(({ ctx }) => listOrders(ctx.storefront.shop.db, ctx.shopper)),

  /** To whoever has the link; who asks does not matter. */
  receipt: procedure.input(ofReceipt).query(async ({ ctx, input }) => {
    const { shop, receiptLinks } = ctx.storefront;
    const link = receiptLinks.read(input.link);
    if (!link) throw new CheckoutError('NOT_FOUND', 'no such receipt');
    const cartId = await cartOfReceipt(shop.db, link);
    const { orderId } = link;
    return {
      order: await getOrder(shop.db, { orderId, cartId }),
      status: await checkoutStatus(shop, { checkoutId: orderId, cartId }),
    };
  }),

  endLink: guestProcedure
    .input(endLink)
    .mutation(({ ctx, input }) => endReceiptLink(ctx.storefront.shop.db, { ...input, cartId: ctx.cartId })),
});
