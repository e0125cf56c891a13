import { schema, type Tx } from '@once/db';
import { absent, answered, declined, unknown, waiting, workflow } from '@once/idempotency';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Actor, appendAudit } from './audit.ts';
import type { CallOptions, DeclineReason, Intent, Payments } from './payments/payments.ts';
import { refuse } from './refuse.ts';
import { type Reserved, reserve } from './reserve.ts';
import { inAskMinutes, lockCheckout, lockOrder } from './rows.ts';
import { settlePayment } from './settle.ts';

const { payment, paymentAttempt } = schema;

const HOUR_MS = 3_600_000;
/** The provider may forget an idempotency key after 24 h; an hour less, for clocks and calls under way. */
export const KEY_LIFETIME_MS = 23 * HOUR_MS;

/** What the calls of a payment may use. A transaction sees none of it. */
export interface PayServices {
  readonly payments: Payments;
  /** Whether the hold of this checkout has ended, by the database's clock. */
  holdOver(checkoutId: string): Promise<boolean>;
  /** Whether the provider may have forgotten the keys that were sent when this checkout began, by the same clock. */
  keysGone(checkoutId: string): Promise<boolean>;
  /** The intent of an order that has none here. Null: there is none. */
  findIntent(orderId: string, options: CallOptions): Promise<Intent | null>;
  /** Keeps for the page that the bank wants to see the shopper, or takes its time. Only while this attempt is open. */
  note(attempt: { readonly orderId: string; readonly attempt: number }, intent: Intent): Promise<void>;
}
export type PayApp = { tx: Tx; services: PayServices };

const Input = z.strictObject({
  checkoutId: z.string(),
  /** The number in the idempotency key. */
  attempt: z.number(),
  confirmationToken: z.string(),
  expectedTotalMinor: z.number(),
});
export type PayInput = z.infer<typeof Input>;

/**
 * One attempt to pay: three commits, two phases of calls.
 *
 *   reserve ─▶ intend ─▶ remember ─▶ confirm ─▶ settle        each arrow may be the last thing this process does
 *
 * - An unconfirmed intent cannot charge, so a failed create is a no, and an orphan does not matter.
 * - Money moves by confirming the one intent that is stored in the order: whoever repeats it confirms the same one.
 * - An answer to `confirm` that was lost is looked up; it is sent again only under the same key with the same parameters.
 * - Past the hold nothing is first sent. Whatever cannot be concluded ends with a cancel: `canceled` is the no,
 *   `succeeded` the yes.
 *
 * docs/protocol.md has the crash table.
 *
 * @param publicUrl where the bank's page sends the shopper back to; stored by reserve, so a later change does not matter
 * @param actor whose process this is, for the audit
 */
export const payWorkflow = (publicUrl: string, actor: Actor) =>
  workflow<PayApp>('checkout.pay')
    .input(Input)

    .transaction(
      'reserve',
      async (tx, { input }) =>
        await reserve(tx, input, new URL(`/checkout/${input.checkoutId}/return`, publicUrl).href),
    )

    .call('intend', {
      send: async ({ services, key, signal }, { reserve: r }) => {
        const { payments } = services;
        try {
          const token = await payments.token(r.token, { signal });
          if (!token) return declined<DeclineReason>('token_expired');
          const id =
            r.intentId ?? (await stored(services, r, signal)) ?? (await payments.create(r, { key, signal })).id;
          return answered({ id, last4: token.last4 });
        } catch {
          return declined<DeclineReason>('provider_unavailable');
        }
      },
    })

    .transaction('remember', async (tx, { reserve: r, intend }) => {
      if (intend.status === 'declined') {
        await lockCheckout(tx, r.orderId);
        return await refuse(tx, r, { answer: 'declined', reason: intend.reason, last4: null }, actor);
      }
      const remembered = await remember(tx, r, intend.value, actor);
      return remembered ?? (await refuse(tx, r, { answer: 'changed', reason: 'cancelled' }, actor));
    })

    .call('confirm', {
      resendWithinMs: KEY_LIFETIME_MS,
      send: async ({ services, key, signal, leftMs }, { reserve: r, remember: { intentId } }) => {
        if (await services.holdOver(r.orderId)) return end(await services.payments.cancel(intentId, { signal }));
        const said = await services.payments.confirm(
          { intentId, token: r.token, returnUrl: r.returnUrl },
          { key, signal, leftMs },
        );
        if (said.kind === 'stuck') return end(await services.payments.cancel(intentId, { signal }));
        if (said.kind === 'declined') return declined<No>({ kind: 'card', why: said.reason });
        await services.note(r, said.intent);
        return conclude(said.intent, { recovered: false, triedWith: said.intent.methodId });
      },
      lookup: async ({ services, signal, waited }, { reserve: r, remember: { intentId } }) => {
        const intent = await services.payments.retrieve(intentId, { signal });
        if (intent.status === 'requires_action' && (await services.holdOver(r.orderId))) {
          return end(await services.payments.cancel(intentId, { signal }));
        }
        await services.note(r, intent);
        return conclude(intent, { recovered: true, triedWith: Waited.safeParse(waited).data?.methodId ?? null });
      },
      cancel: async ({ services, signal }, { remember: { intentId } }) =>
        end(await services.payments.cancel(intentId, { signal })),
    })

    .transaction('settle', async (tx, { reserve: r, remember: { last4 }, confirm }) => {
      await lockCheckout(tx, r.orderId);
      if (confirm.status === 'answered') {
        const { intent, recovered } = confirm.value;
        await settlePayment(tx, intent, { recovered, actor });
        return {
          answer: 'paid' as const,
          orderId: r.orderId,
          how: recovered ? ('recovered' as const) : ('succeeded' as const),
        };
      }
      const { reason } = confirm;
      if (reason.kind === 'card') return await refuse(tx, r, { answer: 'declined', reason: reason.why, last4 }, actor);
      await settlePayment(tx, reason.intent, { actor });
      return await refuse(tx, r, { answer: 'changed', reason: 'cancelled' }, actor);
    });

/** Details of a wait, as they are stored. */
const Waited = z.object({ methodId: z.string().nullable() });

type No =
  | { readonly kind: 'card'; readonly why: DeclineReason }
  | { readonly kind: 'cancelled'; readonly intent: Intent };

/**
 * What an intent's state says of this attempt. A decline is concluded only when this attempt was answered before, and for
 * what it was tried with: an old `last_payment_error` says nothing about a new card, and a read that lags behind shows one.
 *
 * @param triedWith `methodId` of this attempt's answer; null before there was one
 */
export function conclude(intent: Intent, { recovered, triedWith }: { recovered: boolean; triedWith: string | null }) {
  switch (intent.status) {
    case 'succeeded':
      return answered({ intent, recovered });
    case 'canceled':
      return declined<No>({ kind: 'cancelled', intent });
    case 'requires_action':
      return waiting({ redirectUrl: intent.redirectUrl, methodId: intent.methodId }, 15_000);
    case 'processing':
      return waiting({ redirectUrl: null, methodId: intent.methodId }, 60_000);
    case 'requires_confirmation':
      return triedWith !== null && triedWith === intent.methodId && intent.lastError
        ? declined<No>({ kind: 'card', why: intent.lastError })
        : absent;
  }
}

/** After a cancel only the intent's own ends conclude; anything else is asked again later. */
export function end(intent: Intent) {
  const said = conclude(intent, { recovered: true, triedWith: null });
  return said.status === 'absent' ? unknown(undefined, 5_000) : said;
}

/**
 * A restored database, or a standby that lagged behind, may not know the intent that this order has. The first attempt
 * creates under the same key again and gets it back; a later one has another key, and past the provider's key lifetime
 * none helps: then intents are listed first.
 */
async function stored(services: PayServices, r: Reserved, signal: AbortSignal): Promise<string | undefined> {
  if (r.attempt === 0 && !(await services.keysGone(r.orderId))) return undefined;
  return (await services.findIntent(r.orderId, { signal }))?.id;
}

/** Writes the intent's id, once for life, while the order is reserved. @returns undefined: the order was cancelled */
async function remember(
  tx: Tx,
  r: Reserved,
  intend: { readonly id: string; readonly last4: string | null },
  actor: Actor,
) {
  await lockCheckout(tx, r.orderId);
  const order = await lockOrder(tx, r.orderId);
  if (order?.state !== 'reserved') return undefined;
  const written = await tx
    .update(payment)
    .set({ intentId: intend.id })
    .where(and(eq(payment.orderId, r.orderId), isNull(payment.intentId)))
    .returning({ orderId: payment.orderId });
  await tx.update(payment).set({ askAt: inAskMinutes }).where(eq(payment.orderId, r.orderId));
  if (written.length > 0) {
    await appendAudit(tx, { ...{ orderId: r.orderId, attempt: r.attempt, actor }, action: 'intent.stored' });
  }
  await tx
    .update(paymentAttempt)
    .set({ last4: intend.last4 })
    .where(sql`${paymentAttempt.orderId} = ${r.orderId}::uuid and ${paymentAttempt.attempt} = ${r.attempt}`);
  const [row] = await tx.select({ intentId: payment.intentId }).from(payment).where(eq(payment.orderId, r.orderId));
  // The stored one, not ours: an order has one intent, whoever wrote it.
  return row?.intentId ? { intentId: row.intentId, last4: intend.last4 } : undefined;
}
