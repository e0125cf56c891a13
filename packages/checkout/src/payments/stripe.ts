import { randomUUID } from 'node:crypto';
import { Stripe } from 'stripe';
import { LeaseOverError, PaymentsConfigError, UnreadableAnswerError } from './errors.ts';
import { pages } from './pages.ts';
import type { Payments } from './payments.ts';
import {
  intentOf,
  isDecline,
  isMissing,
  isRefused,
  isReplayedServerError,
  reasonOf,
  refusalReason,
} from './reading.ts';
import { stripeRefunds } from './stripe-refunds.ts';
import { followedClient } from './stripe-requests.ts';
import { within } from './within.ts';

export interface StripeOptions {
  readonly secretKey: string;
  /** Where Stripe's API is spoken, without `/v1`; Stripe itself where left out. */
  readonly apiBase?: string | undefined;
  /** Silence on the socket before a request counts as lost. The call's own deadline may be nearer. */
  readonly timeoutMs?: number;
}

/**
 * Stripe's API through the official SDK, or a local provider that speaks it. The SDK resolves any JSON without an `error`
 * member as success, whatever the status, so every answer is read field by field.
 *
 * @throws {PaymentsConfigError} a live key with another base, or a base that would send the key in the clear
 */
export function stripePayments(options: StripeOptions): Payments {
  const stripe = client(options);

  const retrieve: Payments['retrieve'] = async (intentId, { signal }) =>
    intentOf(await within(signal, () => stripe.paymentIntents.retrieve(intentId, {}, { maxNetworkRetries: 2 })));

  return {
    ...stripeRefunds(stripe),
    retrieve,

    async token(tokenId, { signal }) {
      try {
        const token = await within(signal, () =>
          stripe.confirmationTokens.retrieve(tokenId, {}, { maxNetworkRetries: 2 }),
        );
        if (token.object !== 'confirmation_token') throw new UnreadableAnswerError('not a confirmation token');
        const ended = token.expires_at !== null && token.expires_at * 1000 <= Date.now();
        return ended ? null : { last4: token.payment_method_preview?.card?.last4 ?? null };
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },

    async create({ orderId, amountMinor, currency }, { key, signal }) {
      const created = () =>
        stripe.paymentIntents.create(
          {
            amount: amountMinor,
            currency: currency.toLowerCase(),
            automatic_payment_methods: { enabled: true },
            metadata: { order_id: orderId },
          },
          { idempotencyKey: key, maxNetworkRetries: 1 },
        );
      return intentOf(await within(signal, created));
    },

    async confirm({ intentId, token, returnUrl }, { key, signal, leftMs }) {
      try {
        // Right before it leaves: a process that slept past its lease may wake up here, with its timers still to fire.
        if (leftMs() <= 0) throw new LeaseOverError('the lease ended before the confirm was sent');
        // No retry of the SDK's own: what may have charged is looked up first. Only after a reset connection it sends
        // once more, whatever it is told: under the same key.
        const confirmed = () =>
          stripe.paymentIntents.confirm(
            intentId,
            { confirmation_token: token, return_url: returnUrl, use_stripe_sdk: false },
            { idempotencyKey: key, maxNetworkRetries: 0 },
          );
        return { kind: 'intent', intent: intentOf(await within(signal, confirmed)) };
      } catch (error) {
        if (isDecline(error)) return { kind: 'declined', reason: reasonOf(error) };
        if (isReplayedServerError(error)) return { kind: 'stuck' };
        if (!isRefused(error)) throw error;
        // Refused as such: token, instrument or the intent's state. What the intent is decides, not the wording.
        const intent = await retrieve(intentId, { signal });
        if (intent.status === 'requires_confirmation') return { kind: 'declined', reason: refusalReason(error) };
        return { kind: 'intent', intent };
      }
    },

    async cancel(intentId, { signal }) {
      try {
        // A new key each time: under a derived one, an old refusal would be replayed for a day.
        const canceled = () =>
          stripe.paymentIntents.cancel(intentId, {}, { idempotencyKey: randomUUID(), maxNetworkRetries: 1 });
        const intent = intentOf(await within(signal, canceled));
        if (intent.status === 'canceled') return intent;
      } catch {
        // Refused or lost: either way the intent itself says how it stands.
      }
      return await retrieve(intentId, { signal });
    },

    async findByOrder({ id, since }, { signal }) {
      // There is no filter by metadata, and search lags behind.
      const created = { gte: Math.floor(since.getTime() / 1_000) };
      for await (const page of pages(signal, (after) => stripe.paymentIntents.list({ created, ...after }))) {
        // Looked for before it is read: others' intents may be in states that this shop does not know.
        const found = page.find(({ metadata }) => metadata['order_id'] === id);
        if (found) return intentOf(found);
      }
      return null;
    },

    async testToken(paymentMethod) {
      const token = await stripe.testHelpers.confirmationTokens.create({ payment_method: paymentMethod });
      if (token.object !== 'confirmation_token') throw new UnreadableAnswerError('not a confirmation token');
      return { token: token.id, last4: token.payment_method_preview?.card?.last4 ?? '' };
    },

    async testAction(intentId, result) {
      try {
        await stripe.rawRequest('POST', `/v1/test_helpers/payment_intents/${intentId}/action`, { result });
      } catch (error) {
        if (!isRefused(error)) throw error;
      }
    },
  };
}

function client({ secretKey, apiBase, timeoutMs = 10_000 }: StripeOptions): Stripe {
  const settings = {
    timeout: timeoutMs,
    telemetry: false,
    httpClient: followedClient({ isTold: apiBase !== undefined }),
  };
  if (!/^(sk|rk)_(test|live)_./.test(secretKey)) throw new PaymentsConfigError('STRIPE_SECRET_KEY is not a secret key');
  if (apiBase === undefined) return new Stripe(secretKey, settings);
  if (secretKey.includes('_live_'))
    throw new PaymentsConfigError('a live key is never sent to another STRIPE_API_BASE');
  const base = URL.canParse(apiBase) ? new URL(apiBase) : undefined;
  if (base?.pathname !== '/') throw new PaymentsConfigError('STRIPE_API_BASE is an origin, without a path');
  const protocol = base.protocol === 'https:' ? 'https' : 'http';
  if (protocol === 'http' && !['127.0.0.1', 'localhost', '[::1]'].includes(base.hostname)) {
    throw new PaymentsConfigError('STRIPE_API_BASE must be https, unless it is this machine');
  }
  return new Stripe(secretKey, {
    ...settings,
    host: base.hostname,
    port: base.port || (protocol === 'https' ? 443 : 80),
    protocol,
  });
}
