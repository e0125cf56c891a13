import { CheckoutError } from '@once/checkout';
import { TRPCError } from '@trpc/server';
import { enterAsStaff } from '#server/staff.ts';
import { asTRPCError } from './refusals.ts';
import { procedure } from './trpc.ts';

/** Staff, as `ctx.staff`. To an account without the role there is nothing here; to nobody, a way to sign in. */
export const staffProcedure = procedure.use(async ({ next, ctx }) => {
  const check = await enterAsStaff(ctx.shopper.session, ctx.storefront);
  switch (check.kind) {
    case 'staff':
      return await next({ ctx: { staff: check.staff } });
    case 'signed_out':
      throw new TRPCError({ code: 'UNAUTHORIZED' });
    case 'stranger':
      throw asTRPCError(new CheckoutError('NOT_FOUND', 'not staff'));
  }
});
