import type { Stripe } from 'stripe';
import { LeaseOverError, UnreadableAnswerError } from './errors.ts';
import { type Cursor, pages } from './pages.ts';
import type { Payments, Period, ProviderMove, ProviderRefund, Statement, StatementCharge } from './payments.ts';
import { chargeOf, disputeOf, idOf, intentOf, isMissing, isRefused, refundOf } from './reading.ts';
import { within } from './within.ts';

type RefundPart = Pick<
  Payments,
  'refund' | 'findRefund' | 'retrieveRefund' | 'retrieveDispute' | 'list' | 'has' | 'statement'
>;

/** Money on its way back, and the lists by which the books are compared. */
export function stripeRefunds(stripe: Stripe): RefundPart {
  return {
    async refund({ orderId, refundId, intentId, amountMinor }, { key, signal, leftMs }) {
      try {
        // Right before it leaves, as with a confirm: whoever slept past the lease must not give money back.
        if (leftMs() <= 0) throw new LeaseOverError('the lease ended before the refund was sent');
        const created = () =>
          stripe.refunds.create(
            { payment_intent: intentId, amount: amountMinor, metadata: { order_id: orderId, refund_id: refundId } },
            { idempotencyKey: key, maxNetworkRetries: 0 },
          );
        return { kind: 'refund', refund: refundOf(await within(signal, created)) };
      } catch (error) {
        if (!isRefused(error)) throw error;
        return { kind: 'refused', reason: error.code ?? 'refused' };
      }
    },

    async findRefund({ intentId, refundId }, { signal }) {
      for await (const page of pages(signal, (after) => stripe.refunds.list({ payment_intent: intentId, ...after }))) {
        const found = page.map(refundOf).find((refund) => refund.refundId === refundId);
        if (found) return found;
      }
      return null;
    },

    retrieveRefund: async (id, { signal }) =>
      refundOf(await within(signal, () => stripe.refunds.retrieve(id, {}, { maxNetworkRetries: 2 }))),

    retrieveDispute: async (id, { signal }) =>
      disputeOf(await within(signal, () => stripe.disputes.retrieve(id, {}, { maxNetworkRetries: 2 }))),

    statement: async (intentId, { signal }) => await statementOf(stripe, intentId, signal),

    list: (kind, period, { signal }) => (kind === 'charge' ? charges : refunds)(stripe, period, signal),

    async has(kind, id, { signal }) {
      try {
        const found = await within<Stripe.Charge | Stripe.Refund>(signal, () =>
          kind === 'charge' ? stripe.charges.retrieve(id, { expand: ['payment_intent'] }) : stripe.refunds.retrieve(id),
        );
        if (found.id !== id) throw new UnreadableAnswerError(`not a ${kind}`);
        // A charge that the provider has taken back is still there; its intent is canceled.
        if (found.object === 'charge') return !isCanceled(found.payment_intent);
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
  };
}

const isCanceled = (intent: Stripe.Charge['payment_intent']): boolean =>
  typeof intent === 'object' && intent?.status === 'canceled';

async function statementOf(stripe: Stripe, intentId: string, signal: AbortSignal): Promise<Statement> {
  const of = { payment_intent: intentId };
  const intent = intentOf(await within(signal, () => stripe.paymentIntents.retrieve(intentId)));
  const charges: StatementCharge[] = [];
  for await (const page of pages(signal, (after) => stripe.charges.list({ ...of, ...after }))) {
    charges.push(...page.map(chargeOf));
  }
  const refunds: ProviderRefund[] = [];
  for await (const page of pages(signal, (after) => stripe.refunds.list({ ...of, ...after }))) {
    refunds.push(...page.map(refundOf));
  }
  return { intent, charges, refunds };
}

async function* charges(stripe: Stripe, period: Period, signal: AbortSignal): AsyncGenerator<ProviderMove[]> {
  const list = (after: Cursor) => stripe.charges.list({ created: seconds(period), ...after });
  for await (const page of pages(signal, list)) {
    yield page.flatMap((charge) => (charge.captured && charge.paid ? moveOf(charge, charge.amount_captured) : []));
  }
}

async function* refunds(stripe: Stripe, period: Period, signal: AbortSignal): AsyncGenerator<ProviderMove[]> {
  const list = (after: Cursor) => stripe.refunds.list({ created: seconds(period), ...after });
  for await (const page of pages(signal, list)) {
    yield page.flatMap((refund) => (refund.status === 'succeeded' ? moveOf(refund, refund.amount) : []));
  }
}

function moveOf(of: Stripe.Charge | Stripe.Refund, amountMinor: number): ProviderMove[] {
  if (!of.payment_intent) return [];
  const [intentId, currency] = [idOf(of.payment_intent), of.currency.toUpperCase()];
  return [{ id: of.id, intentId, orderId: of.metadata?.['order_id'] ?? null, amountMinor, currency }];
}

const seconds = ({ from, to }: Period) => ({
  gte: Math.floor(from.getTime() / 1000),
  lt: Math.floor(to.getTime() / 1000),
});
