import { shop } from './killers.ts';
import type { Mutant } from './mutant.ts';

const CHECKOUT = 'packages/checkout/src';

/** Mistakes on the way from Pay to its answer. */
export const PAY: readonly Mutant[] = [
  {
    name: 'a decline out of an old error',
    breaks: 'the refusal of the first card is told of the second, which then pays',
    changes: [
      {
        file: `${CHECKOUT}/pay.ts`,
        from: 'return triedWith !== null && triedWith === intent.methodId && intent.lastError',
        to: 'return intent.lastError',
      },
    ],
    killer: shop(
      'end',
      'before its card was confirmed, after another was declined: the old refusal is not taken for an answer',
    ),
  },
  {
    name: 'final 503',
    breaks: 'a server error of the provider is stored as a no',
    changes: [
      {
        file: `${CHECKOUT}/payments/stripe.ts`,
        from: "if (isReplayedServerError(error)) return { kind: 'stuck' };",
        to: "if (isReplayedServerError(error)) return { kind: 'declined', reason: 'provider_unavailable' };",
      },
    ],
    killer: shop('stripe', 'a 5xx that is replayed will never say more: stuck'),
  },
  {
    name: 'a lost answer is a no',
    breaks: 'an answer that never came is stored as a decline, and the card was charged',
    changes: [
      {
        file: `${CHECKOUT}/payments/stripe.ts`,
        from: '        if (!isRefused(error)) throw error;\n        // Refused as such: token',
        to: "        if (!isRefused(error)) return { kind: 'declined', reason: 'card_declined' };\n        // Refused as such: token",
      },
    ],
    killer: { ...shop('faults', '%s, once'), row: 'confirm%s"hang_after"' },
  },
  {
    name: 'a rate limit stored as an outcome',
    breaks: '“too many requests” is told as the card’s no, for ever',
    changes: [
      {
        file: `${CHECKOUT}/payments/reading.ts`,
        from: '  error instanceof Stripe.errors.StripeInvalidRequestError &&\n  (error.statusCode === 400 || error.statusCode === 404) &&',
        to: '  (error instanceof Stripe.errors.StripeInvalidRequestError || error instanceof Stripe.errors.StripeRateLimitError) &&',
      },
      {
        file: `${CHECKOUT}/payments/reading.ts`,
        from: 'isRefused = (error: unknown): error is Stripe.errors.StripeInvalidRequestError =>',
        to: 'isRefused = (error: unknown): error is Stripe.errors.StripeInvalidRequestError | Stripe.errors.StripeRateLimitError =>',
      },
    ],
    killer: shop('stripe', 'too many requests say nothing of the card, though its intent still waits for a confirm'),
  },
  {
    name: 'confirm under a random key',
    breaks: 'a confirm that is repeated is another one for the provider',
    changes: [
      {
        file: `${CHECKOUT}/payments/stripe.ts`,
        from: "            { idempotencyKey: key, maxNetworkRetries: 0 },\n          );\n        return { kind: 'intent'",
        to: "            { idempotencyKey: `${key}${randomUUID()}`, maxNetworkRetries: 0 },\n          );\n        return { kind: 'intent'",
      },
    ],
    killer: shop('stripe', 'create and confirm are sent under the key that they are given, each time'),
  },
  {
    name: 'an intent per attempt',
    breaks: 'each press makes an intent of its own, and each of them can charge',
    changes: [
      {
        file: `${CHECKOUT}/pay.ts`,
        from: 'r.intentId ?? (await stored(services, r, signal)) ?? (await payments.create(r, { key, signal })).id;',
        to: '(r.attempt < 0 && (await stored(services, r, signal))) || (await payments.create(r, { key, signal })).id;',
      },
      {
        file: `${CHECKOUT}/pay.ts`,
        from: '.where(and(eq(payment.orderId, r.orderId), isNull(payment.intentId)))',
        to: '.where(and(eq(payment.orderId, r.orderId), isNull(payment.redirectUrl)))',
      },
    ],
    killer: shop(
      'refusal',
      'ends the attempt, not the order: the next card confirms the same intent under the next key',
    ),
  },
  {
    name: 'confirm without a stored intent',
    breaks: 'money moves by an intent that the order does not know',
    changes: [
      {
        file: `${CHECKOUT}/pay.ts`,
        from: '    .set({ intentId: intend.id })\n',
        to: '    .set({ currency: payment.currency })\n',
      },
      {
        file: `${CHECKOUT}/pay.ts`,
        from: 'return row?.intentId ? { intentId: row.intentId, last4: intend.last4 } : undefined;',
        to: 'return row ? { intentId: row.intentId ?? intend.id, last4: intend.last4 } : undefined;',
      },
    ],
    killer: shop('end', 'after a decline cancels the intent, frees the copies and ends the order'),
  },
  {
    name: 'intents not listed',
    breaks: 'a standby that lagged behind makes a second intent for an order that was charged',
    changes: [
      {
        file: `${CHECKOUT}/pay.ts`,
        from: 'if (r.attempt === 0 && !(await services.keysGone(r.orderId))) return undefined;',
        to: 'if (r.attempt >= 0) return undefined;',
      },
    ],
    killer: shop(
      'a-day-later',
      'a standby that lagged behind knows nothing of a charged order, and the number has moved on: it is not charged again',
    ),
  },
  {
    name: 'remembered whatever the order is',
    breaks: 'the intent of an order that was cancelled meanwhile is stored, and confirmed',
    changes: [
      {
        file: `${CHECKOUT}/pay.ts`,
        from: "  if (order?.state !== 'reserved') return undefined;\n",
        to: '  if (!order) return undefined;\n',
      },
      {
        file: `${CHECKOUT}/pay.ts`,
        from: '        if (await services.holdOver(r.orderId)) return end(await services.payments.cancel(intentId, { signal }));\n        const said',
        to: '        const said',
      },
    ],
    killer: shop(
      'end',
      'before its intent was stored, then cancelled: the worker finds the order cancelled and confirms nothing',
    ),
  },
  {
    name: 'sent by a process that slept',
    breaks: 'a confirm leaves after the lease has ended',
    changes: [
      {
        file: `${CHECKOUT}/payments/stripe.ts`,
        from: "        if (leftMs() <= 0) throw new LeaseOverError('the lease ended before the confirm was sent');",
        to: "        if (leftMs() <= Number.NEGATIVE_INFINITY) throw new LeaseOverError('the lease ended before the confirm was sent');",
      },
    ],
    killer: shop('stripe', 'a confirm whose lease has ended is not sent'),
  },
  {
    name: 'a number used twice',
    breaks: 'an attempt whose record is gone runs again under its old number',
    changes: [
      {
        file: `${CHECKOUT}/reserve.ts`,
        from: "open.state === 'ended' || open.refusals !== input.attempt || (order && order.state !== 'reserved')",
        to: "open.state === 'ended' || (order && order.state !== 'reserved')",
      },
    ],
    killer: shop('refusal', 'stores nothing and is told where the checkout stands'),
  },
  {
    name: 'a new total under an old page',
    breaks: 'the shopper pays something else than the page has shown',
    changes: [
      {
        file: `${CHECKOUT}/reserve.ts`,
        from: '  if (totals.totalMinor !== input.expectedTotalMinor) {',
        to: '  if (totals.totalMinor < 0) {',
      },
    ],
    killer: shop('refusal', 'charges nothing when the page showed another total'),
  },
  {
    name: 'a duplicate in flight is an error',
    breaks: 'who presses while the first press is under way hears of a failure',
    changes: [
      {
        file: `${CHECKOUT}/press.ts`,
        from: "    if (error.code === 'IDEMPOTENCY_IN_FLIGHT' || error.code === 'IDEMPOTENCY_LEASE_LOST') {\n      // One that",
        to: "    if (error.code === 'IDEMPOTENCY_LEASE_LOST') {\n      // One that",
      },
      {
        file: `${CHECKOUT}/press.ts`,
        from: "      if (error.code === 'IDEMPOTENCY_IN_FLIGHT') await countReplay(shop, checkoutId, attempt);\n",
        to: '',
      },
    ],
    killer: shop(
      'meeting',
      'a press that comes again while the first is under way, and after it, is counted and sends nothing',
    ),
  },
  {
    name: 'the total may change under the key',
    breaks: 'the fingerprint does not cover what the shopper agreed to',
    changes: [
      {
        file: `${CHECKOUT}/press.ts`,
        from: 'input: { checkoutId, attempt, ...rest },\n      // Where',
        to: 'input: { checkoutId, attempt, ...rest, expectedTotalMinor: 0 * rest.expectedTotalMinor },\n      // Where',
      },
    ],
    killer: shop('purchase', 'with another card or total under the same key sends nothing'),
  },
  {
    name: 'a stranger’s key is answered',
    breaks: 'the replay comes before the question whose it is',
    changes: [
      {
        file: `${CHECKOUT}/rows.ts`,
        from: 'and(eq(checkout.id, checkoutId), eq(checkout.cartId, cartId))',
        to: "and(eq(checkout.id, checkoutId), cartId === '' ? eq(checkout.cartId, cartId) : undefined)",
      },
    ],
    killer: {
      layer: 'web',
      file: 'apps/web/test/owners.test.ts',
      title: 'knowing the key, the card and the total of a payment that was paid is no way to its answer',
    },
  },
];
