import { getOrder, listOrders } from '@once/checkout';
import { ofOrder } from './input.ts';
import { guestProcedure, procedure, router } from './trpc.ts';

export const orders = router({
  get: guestProcedure
    .input(ofOrder)
    .query(({ ctx, input }) => getOrder(ctx.storefront.shop.db, { ...input, cartId: ctx.cartId })),

  /** The account's, and the guest's of this browser. */
  list: procedure.query(({ ctx }) => listOrders(ctx.storefront.shop.db, ctx.shopper)),
});
