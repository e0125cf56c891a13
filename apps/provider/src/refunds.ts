// Refunds. A charge's `amount_refunded` counts those that are still on their way; one that fails or is canceled gives its
// amount back to the charge. The sum is checked and raised in one transaction, so two at once cannot both be the last.
import type Stripe from 'stripe';
import { z } from 'zod';
import { moveBalance } from './balance.ts';
import { book } from './booking.ts';
import { type Call, nowSeconds } from './call.ts';
import type { Charge } from './charges.ts';
import { isChargedBack } from './disputes.ts';
import { ApiError, invalidRequest, resourceMissing, withDocUrl } from './errors.ts';
import { emit } from './events.ts';
import { randomId } from './ids.ts';
import { type RefundBehaviour, testInstrument } from './instruments.ts';
import { type ApiList, listParameters, pageOf } from './lists.ts';
import { merged } from './metadata.ts';
import { formatAmount } from './money.ts';
import type { Intent } from './outcomes.ts';
import * as kind from './parameters.ts';

/** A refund as it is stored: what Stripe can expand is an id. */
export type Refund = Stripe.Refund & { readonly charge: string; readonly payment_intent: string };

export const refundCreateParameters = z
  .strictObject({
    amount: kind.positive,
    charge: kind.filled,
    currency: kind.notModelled(kind.currency, () => false),
    customer: kind.notModelled(kind.text, () => false),
    expand: kind.strings,
    instructions_email: kind.text,
    metadata: kind.metadata,
    origin: kind.notModelled(kind.text, () => false),
    payment_intent: kind.filled,
    reason: kind.oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
    refund_application_fee: kind.notModelled(kind.boolean, (value) => !value),
    reverse_transfer: kind.notModelled(kind.boolean, (value) => !value),
  })
  .partial()
  .superRefine((params, context) => {
    if (params.charge !== undefined || params.payment_intent !== undefined) return;
    context.addIssue({ code: 'custom', path: ['charge'], message: 'Give a charge or a payment_intent.' });
  });

export const refundUpdateParameters = z.strictObject({ expand: kind.strings, metadata: kind.metadata }).partial();

export const refundListParameters = listParameters.extend({
  charge: kind.text.optional(),
  payment_intent: kind.text.optional(),
});

export function createRefund(call: Call, params: z.output<typeof refundCreateParameters>): Refund {
  const { charge, intent } = chargeOf(call, params);
  const amount = params.amount ?? charge.amount_captured - charge.amount_refunded;
  mustBeRefundable(call, charge, amount);
  const { currency, description } = charge;
  const id = randomId('re_3');
  const status = FIRST_STATUS[refundsOf(call, charge) ?? 'succeed'];
  const movement = { type: 'refund', source: id, amountMinor: -amount, currency } as const;
  const refund: Refund = {
    id,
    object: 'refund',
    amount,
    balance_transaction: moveBalance(call, { ...movement, description: `REFUND FOR ${description ?? 'CHARGE'}` }).id,
    charge: charge.id,
    created: nowSeconds(call),
    currency,
    customer: charge.customer,
    customer_account: null,
    ...(charge.payment_method_details?.type === 'card' && { destination_details: cardDestination(status) }),
    metadata: merged({}, params.metadata),
    payment_intent: intent.id,
    payment_method: charge.payment_method,
    ...(status === 'pending' && { pending_reason: 'processing' as const }),
    reason: params.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status,
    transfer_reversal: null,
  };
  call.store.objects.put(call.account, refund, { paymentIntent: intent.id });
  book(call, 'refund', intent, charge, { amountMinor: amount, refund: id });
  goOnLater(call, refund, refundsOf(call, charge));
  emit(call, 'refund.created', refund);
  emit(call, 'charge.refunded', refunded(call, charge, amount), charge);
  return refund;
}

export function retrieveRefund(call: Call): Refund {
  const id = call.path['refund'] ?? '';
  const refund = call.store.objects.get<Refund>(call.account, 'refund', id);
  if (!refund) throw resourceMissing('refund', id, 'id');
  return refund;
}

export function updateRefund(call: Call, params: z.output<typeof refundUpdateParameters>): Refund {
  const refund = retrieveRefund(call);
  const updated = { ...refund, metadata: merged(refund.metadata ?? {}, params.metadata) };
  call.store.objects.put(call.account, updated);
  emit(call, 'refund.updated', updated, refund);
  return updated;
}

export function cancelRefund(call: Call): Refund {
  const refund = retrieveRefund(call);
  if (refund.status !== 'requires_action') {
    throw invalidRequest(
      `You cannot cancel this refund because it has a status of ${refund.status}. Only a refund with a status of requires_action may be canceled.`,
    );
  }
  return takeBack(call, refund, { status: 'canceled' });
}

export function listRefunds(call: Call, params: z.output<typeof refundListParameters>): ApiList {
  const where: string[] = [];
  const values: string[] = [];
  for (const [condition, value] of [
    ['payment_intent = ?', params.payment_intent],
    ["json ->> '$.charge' = ?", params.charge],
  ] as const) {
    if (value === undefined) continue;
    where.push(condition);
    values.push(value);
  }
  return pageOf(call, 'refund', '/v1/refunds', params, { where, values });
}

/** The bank has paid it out. @returns undefined: it has ended before. */
export function refundSucceeded(call: Call, refund: Refund): Refund | undefined {
  if (refund.status !== 'pending' && refund.status !== 'requires_action') return undefined;
  const { pending_reason: _, ...rest } = refund;
  const destination = refund.destination_details && { destination_details: cardDestination('succeeded') };
  const after: Refund = { ...rest, ...destination, status: 'succeeded' };
  return changed(call, after, refund);
}

/** The bank could not pay it out, which it may say after it has said that it did. @returns undefined: it has ended so. */
export function refundFailed(call: Call, refund: Refund): Refund | undefined {
  if (refund.status === 'failed' || refund.status === 'canceled') return undefined;
  const after = takeBack(call, refund, { failure_reason: 'expired_or_canceled_card', status: 'failed' });
  emit(call, 'refund.failed', after);
  return after;
}

const FIRST_STATUS: Readonly<Record<RefundBehaviour, string>> = {
  succeed: 'succeeded',
  succeed_later: 'pending',
  fail_later: 'succeeded',
  require_action: 'requires_action',
};

function refundsOf(call: Call, charge: Charge): RefundBehaviour | undefined {
  const name = call.store.objects.private(call.account, charge.payment_method ?? '').instrument;
  return testInstrument(name ?? '')?.refunds;
}

function goOnLater(call: Call, refund: Refund, behaviour: RefundBehaviour | undefined): void {
  const what = { succeed_later: 'settle_refund', fail_later: 'fail_refund' } as const;
  if (behaviour !== 'succeed_later' && behaviour !== 'fail_later') return;
  const due = { account: call.account, object: refund.id, what: what[behaviour] };
  call.store.dueDates.set(due, call.nowMs + call.settings.refundMs);
}

function chargeOf(
  call: Call,
  { charge: chargeId, payment_intent: intentId }: { charge?: string | undefined; payment_intent?: string | undefined },
): { charge: Charge; intent: Intent } {
  const { objects } = call.store;
  const named = chargeId === undefined ? undefined : objects.get<Charge>(call.account, 'charge', chargeId);
  if (chargeId !== undefined && !named) throw resourceMissing('charge', chargeId, 'charge', 400);
  const id = intentId ?? named?.payment_intent ?? '';
  const intent = objects.get<Intent>(call.account, 'payment_intent', id);
  if (!intent) throw resourceMissing('payment_intent', id, 'payment_intent', 400);
  const charge = named ?? objects.get<Charge>(call.account, 'charge', intent.latest_charge ?? '');
  if (named && named.payment_intent !== intent.id) {
    throw invalidRequest('The charge is not one of the payment_intent.', { param: 'charge' });
  }
  if (!charge?.paid) {
    throw invalidRequest(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
  }
  return { charge, intent };
}

/** The refusals in Stripe's words: what is disputed or given back already is said before how much is too much. */
function mustBeRefundable(call: Call, charge: Charge, amount: number): void {
  const { id, amount_captured: captured, amount_refunded: already, currency } = charge;
  if (!charge.captured) {
    throw invalidRequest(`Charge ${id} has not been captured: cancel its PaymentIntent instead.`);
  }
  if (charge.disputed && isChargedBack(call, charge)) {
    throw refusedRefund('charge_disputed', `Charge ${id} has been charged back; cannot issue a refund.`);
  }
  if (already >= captured) throw refusedRefund('charge_already_refunded', `Charge ${id} has already been refunded.`);
  if (amount <= captured - already) return;
  const [asked, limit] = [formatAmount(amount, currency), formatAmount(captured - already, currency)];
  const what = already === 0 ? 'charge amount' : 'unrefunded amount on charge';
  throw invalidRequest(`Refund amount (${asked}) is greater than ${what} (${limit})`, { param: 'amount' });
}

function refusedRefund(code: 'charge_already_refunded' | 'charge_disputed', message: string): ApiError {
  return new ApiError(400, withDocUrl({ type: 'invalid_request_error', code, message }));
}

/** The charge after `amount` more of it went back; negative: after that came back again. */
function refunded(call: Call, charge: Charge, amount: number): Charge {
  const amountRefunded = charge.amount_refunded + amount;
  return call.store.objects.put(call.account, {
    ...charge,
    amount_refunded: amountRefunded,
    refunded: amountRefunded === charge.amount_captured,
  });
}

function takeBack(call: Call, refund: Refund, ended: Pick<Stripe.Refund, 'status' | 'failure_reason'>): Refund {
  const { charge, intent } = chargeOf(call, { charge: refund.charge });
  book(call, 'refund', intent, charge, { amountMinor: -refund.amount, refund: refund.id });
  refunded(call, charge, -refund.amount);
  const { pending_reason: _, ...rest } = refund;
  const { id: source, amount: amountMinor, currency } = refund;
  const movement = { type: 'refund_failure', source, amountMinor, currency, description: 'REFUND FAILURE' } as const;
  const after: Refund = {
    ...(rest as Refund),
    ...ended,
    failure_balance_transaction: moveBalance(call, movement).id,
  };
  return changed(call, after, refund);
}

function changed(call: Call, after: Refund, before: Refund): Refund {
  for (const what of ['settle_refund', 'fail_refund'] as const) call.store.dueDates.remove({ object: after.id, what });
  call.store.objects.put(call.account, after);
  emit(call, 'refund.updated', after, before);
  emit(call, 'charge.refund.updated', after, before);
  return after;
}

function cardDestination(status: string): Stripe.Refund.DestinationDetails {
  const card = {
    reference_status: status === 'succeeded' ? 'available' : 'pending',
    reference_type: 'acquirer_reference_number',
  };
  return { type: 'card', card: { type: 'refund', ...card } };
}
