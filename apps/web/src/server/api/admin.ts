import {
  type ByHand,
  createPromotion,
  endPromotion,
  parkOperation,
  refundOrder,
  resolveOperation,
  retryEvent,
  retryLetter,
  reviewOrder,
  settleDifference,
  wakeOperation,
} from '@once/checkout';
import { askStatement } from '#server/admin/statement.ts';
import type { Staff } from '#server/staff.ts';
import * as asked from './admin-input.ts';
import { ofOrder } from './input.ts';
import { staffProcedure } from './staff-procedure.ts';
import { router } from './trpc.ts';

const actorOf = ({ email }: Staff): ByHand['actor'] => `staff:${email}`;

/** Who acts is what the session says, never what was sent. */
const handOf = ({ staff }: { staff: Staff }, { requestId, reason }: Pick<ByHand, 'requestId' | 'reason'>): ByHand => ({
  ...{ requestId, reason },
  actor: actorOf(staff),
});

export const admin = router({
  statement: staffProcedure
    .input(ofOrder)
    .query(({ ctx, input }) => askStatement(ctx.storefront.shop, input.orderId, ctx.storefront.log)),

  refund: staffProcedure
    .input(asked.refund)
    .mutation(({ ctx, input }) => refundOrder(ctx.storefront.shop, { ...input, actor: actorOf(ctx.staff) })),

  reviewOrder: staffProcedure
    .input(asked.review)
    .mutation(({ ctx, input }) => reviewOrder(ctx.storefront.shop, input, handOf(ctx, input))),

  wake: staffProcedure
    .input(asked.move)
    .mutation(({ ctx, input }) => wakeOperation(ctx.storefront.shop, input, handOf(ctx, input))),

  park: staffProcedure
    .input(asked.move)
    .mutation(({ ctx, input }) => parkOperation(ctx.storefront.shop, input, handOf(ctx, input))),

  resolve: staffProcedure
    .input(asked.resolve)
    .mutation(({ ctx, input }) => resolveOperation(ctx.storefront.shop, input, handOf(ctx, input))),

  retryEvent: staffProcedure
    .input(asked.retryEvent)
    .mutation(({ ctx, input }) => retryEvent(ctx.storefront.shop, input.eventId, handOf(ctx, input))),

  retryLetter: staffProcedure
    .input(asked.retryLetter)
    .mutation(({ ctx, input }) => retryLetter(ctx.storefront.shop, input, handOf(ctx, input))),

  settleDifference: staffProcedure
    .input(asked.settleDifference)
    .mutation(({ ctx, input }) => settleDifference(ctx.storefront.shop, input, handOf(ctx, input))),

  createPromotion: staffProcedure
    .input(asked.createPromotion)
    .mutation(({ ctx, input }) => createPromotion(ctx.storefront.shop, input, handOf(ctx, input))),

  endPromotion: staffProcedure
    .input(asked.endPromotion)
    .mutation(({ ctx, input }) => endPromotion(ctx.storefront.shop, input.code.toUpperCase(), handOf(ctx, input))),
});
