import { absent, answered, declined, reject, workflow } from '@once/idempotency';
import { z } from 'zod';
import { type Actor, ActorSchema } from '../audit.ts';
import type { PayApp } from '../pay.ts';
import { reserveRefund } from './reserve.ts';
import { failRefund, settleRefund } from './settle.ts';

/** Half of what the provider promises to remember a key for. A refund that is sent under a forgotten one goes out twice. */
const RESEND_WITHIN_MS = 12 * 3_600_000;

const Input = z.strictObject({
  orderId: z.string(),
  /** Also the idempotency key. */
  refundId: z.string(),
  amountMinor: z.number(),
  /** Lines whose copies go back on sale. */
  lines: z.array(z.number()),
  /** Refunded and on its way back, as the page showed it. */
  refundedMinor: z.number(),
  reason: z.string(),
  actor: ActorSchema,
});
export type RefundInput = z.infer<typeof Input>;

/**
 * Gives money back, once per refund id.
 *
 *   reserve ─▶ send ─▶ settle        each arrow may be the last thing this process does
 *
 * - Reserve takes the amount out of what may still be refunded, so that two refunds at once cannot exceed the charge.
 * - What may have been sent is looked for among the intent's refunds before it is sent again, under the same key. After
 *   twelve hours it is never sent again: a person decides.
 * - A refund may be pending for days: the operation ends, and inbox or `reconcile` record what becomes of it.
 */
export const refundWorkflow = (actor: Actor) =>
  workflow<PayApp>('checkout.refund')
    .input(Input)

    .transaction('reserve', async (tx, { input }) => await reserveRefund(tx, input))

    .call('send', {
      // Of the refund alone: the same after the loss of the record.
      key: ({ reserve: { orderId, refundId } }) => `once_refund_${orderId}_${refundId}`,
      resendWithinMs: RESEND_WITHIN_MS,
      send: async ({ services: { payments }, key, signal, leftMs }, { reserve }) => {
        const said = await payments.refund(reserve, { key, signal, leftMs });
        return said.kind === 'refused' ? declined(said.reason) : answered(said.refund);
      },
      lookup: async ({ services: { payments }, signal }, { reserve }) => {
        const found = await payments.findRefund(reserve, { signal });
        return found ? answered(found) : absent;
      },
    })

    .transaction('settle', async (tx, { reserve, send }) => {
      if (send.status === 'declined') {
        await failRefund(tx, reserve, send.reason, actor);
        return reject({ answer: 'refused' as const, reason: send.reason });
      }
      await settleRefund(tx, send.value, actor);
      return { answer: send.value.status, refundId: reserve.refundId };
    });
