import type { Tx } from '@once/db';
import { finish, workflow } from '@once/idempotency';
import { z } from 'zod';
import type { Actor } from './audit.ts';
import { endCheckout } from './checkout.ts';
import { freeCopiesOf } from './copies.ts';
import { end, type PayApp } from './pay.ts';
import { lockCheckout, lockOrder, lockPayment } from './rows.ts';
import { cancelUnsent, settlePayment } from './settle.ts';

/** Makes the pay record that waits for this order due now, in the same commit. */
export type Wake = (tx: Tx, orderId: string, openAttempt: number | null) => Promise<void>;

/** The hold was renewed before we looked: nothing is stored, and nothing is to be done. */
export class HoldRenewed extends Error {
  override readonly name = 'HoldRenewed';
  readonly code = 'HOLD_RENEWED';
}

const Input = z.strictObject({ checkoutId: z.string() });

/**
 * Ends a checkout: cancel at the provider, obey its answer, settle. The copies are freed by the commit that cancels the
 * order, and by no other; a payment that succeeded meanwhile is settled as paid.
 *
 * @param name `checkout.cancel` (the shopper asked) or `checkout.end_hold` (its time is over)
 */
export const endWorkflow = (name: 'checkout.cancel' | 'checkout.end_hold', wake: Wake) => {
  const actor: Actor = name === 'checkout.cancel' ? 'shopper' : 'worker';
  return workflow<PayApp>(name)
    .input(Input)

    .transaction('look', async (tx, { input }) => {
      const open = await lockCheckout(tx, input.checkoutId);
      const order = await lockOrder(tx, open.id);
      if (open.state === 'ended')
        return finish({ ended: order?.state === 'paid' ? ('paid' as const) : ('cancelled' as const) });
      if (name === 'checkout.end_hold' && !open.holdOver) throw new HoldRenewed('the hold was renewed');
      if (!order) {
        await freeCopiesOf(tx, open.id);
        await endCheckout(tx, open.id, open.cartId, null);
        return finish({ ended: 'cancelled' as const });
      }
      if (await cancelUnsent(tx, order, actor)) return finish({ ended: 'cancelled' as const });
      const money = await lockPayment(tx, order.id);
      // cancelUnsent found an intent; it is written once, so it is still there.
      return { intentId: money?.intentId ?? '' };
    })

    .call('cancel', {
      send: async ({ services, signal }, { look }) => end(await services.payments.cancel(look.intentId, { signal })),
    })

    .transaction('settle', async (tx, { input, cancel }) => {
      const intent =
        cancel.status === 'answered'
          ? cancel.value.intent
          : cancel.reason.kind === 'cancelled'
            ? cancel.reason.intent
            : undefined;
      if (!intent) return { ended: 'cancelled' as const };
      const { openAttempt } = await settlePayment(tx, intent, { recovered: true, actor });
      await wake(tx, input.checkoutId, openAttempt);
      return { ended: intent.status === 'succeeded' ? ('paid' as const) : ('cancelled' as const) };
    });
};
