import { schema, type Tx } from '@once/db';
import { type Rejection, reject } from '@once/idempotency';
import { and, eq, sql } from 'drizzle-orm';
import type { LineName } from './answer.ts';
import { type Actor, appendAudit } from './audit.ts';
import type { DeclineReason } from './payments/payments.ts';

const { checkout, payment, paymentAttempt } = schema;

/** The stored no of an attempt: final, and nothing was charged. */
export type Refusal =
  | { readonly answer: 'declined'; readonly reason: DeclineReason; readonly last4: string | null }
  | {
      readonly answer: 'changed';
      /** `promotion_ended`: the code cannot be used any more, and the new total is without it. */
      readonly reason: 'price_changed' | 'promotion_ended';
      readonly oldTotalMinor: number;
      readonly newTotalMinor: number;
    }
  | { readonly answer: 'changed'; readonly reason: 'copy_sold'; readonly copies: LineName[] }
  | { readonly answer: 'changed'; readonly reason: 'hold_ended' | 'cancelled' };

/**
 * Stores a refusal: the attempt ends, and the next key has the next number. Nothing else raises `refusals`, so whoever
 * reads it computes the same key.
 */
export async function refuse(
  tx: Tx,
  { orderId, attempt }: { readonly orderId: string; readonly attempt: number },
  refusal: Refusal,
  actor: Actor,
): Promise<Rejection<Refusal>> {
  const ended = await tx
    .update(paymentAttempt)
    .set({
      state: refusal.answer === 'declined' ? 'declined' : 'cancelled',
      reason: refusal.reason,
      endedAt: sql`statement_timestamp()`,
    })
    .where(
      and(eq(paymentAttempt.orderId, orderId), eq(paymentAttempt.attempt, attempt), eq(paymentAttempt.state, 'open')),
    )
    .returning({ attempt: paymentAttempt.attempt });
  // One that was refused before its order was born has no history to be written into.
  if (ended.length > 0) {
    const action = refusal.answer === 'declined' ? 'attempt.declined' : 'attempt.cancelled';
    await appendAudit(tx, { orderId, attempt, actor, action, detail: { reason: refusal.reason } });
  }
  await tx
    .update(payment)
    .set({
      openAttempt: null,
      redirectUrl: null,
      askAt: null,
      state: sql`case when ${payment.state} in ('requires_action', 'processing') then 'new' else ${payment.state} end`,
    })
    .where(and(eq(payment.orderId, orderId), eq(payment.openAttempt, attempt)));
  await tx
    .update(checkout)
    .set({ refusals: attempt + 1 })
    .where(and(eq(checkout.id, orderId), eq(checkout.refusals, attempt)));
  return reject(refusal);
}
