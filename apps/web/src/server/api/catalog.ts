import { CheckoutError } from '@once/checkout';
import { findPrint, listPrints } from '#server/catalogue.ts';
import { ofPrint } from './input.ts';
import { procedure, router } from './trpc.ts';

export const catalog = router({
  list: procedure.query(({ ctx }) => listPrints(ctx.storefront.shop.db)),

  get: procedure.input(ofPrint).query(async ({ ctx, input }) => {
    const print = await findPrint(ctx.storefront.shop.db, input.slug, ctx.shopper.cartId);
    if (!print) throw new CheckoutError('NOT_FOUND', 'no such print');
    return print;
  }),
});
