import { schema } from '@once/db';
import { Stripe } from 'stripe';
import type { BoughtCopy } from '../copies.ts';
import { ForeignObjectError, UnreadableAnswerError } from './errors.ts';
import type { DeclineReason, Dispute, Intent, ProviderRefund, StatementCharge } from './payments.ts';

// Another program of the same account may use the same names for ids of its own.
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws {UnreadableAnswerError} for anything that is not a PaymentIntent in a state that we know @throws {ForeignObjectError} */
export function intentOf(answer: Stripe.PaymentIntent): Intent {
  const orderId = answer.metadata?.['order_id'];
  if (answer.object !== 'payment_intent' || typeof answer.id !== 'string') {
    throw new UnreadableAnswerError('not a PaymentIntent');
  }
  if (orderId === undefined || !UUID.test(orderId))
    throw new ForeignObjectError('a PaymentIntent that this shop has not made');
  const status = STATUS[answer.status];
  if (!status) throw new UnreadableAnswerError(`a PaymentIntent in state ${answer.status}`);
  const charge = answer.latest_charge;
  const method = answer.payment_method ?? answer.last_payment_error?.payment_method;
  return {
    id: answer.id,
    orderId,
    status,
    amountMinor: status === 'succeeded' ? answer.amount_received : answer.amount,
    currency: answer.currency.toUpperCase(),
    chargeId: charge ? idOf(charge) : null,
    redirectUrl: answer.next_action?.redirect_to_url?.url ?? null,
    lastError: answer.last_payment_error ? reasonOf(answer.last_payment_error) : null,
    methodId: method ? idOf(method) : null,
  };
}

const STATUS: Readonly<Record<string, Intent['status']>> = {
  // Both wait for a confirm; the first also stands for a card that was refused.
  requires_payment_method: 'requires_confirmation',
  requires_confirmation: 'requires_confirmation',
  requires_action: 'requires_action',
  processing: 'processing',
  succeeded: 'succeeded',
  canceled: 'canceled',
};

/** Whether this shop has made it, before anything else of it is read: others' intents may be in states that we do not know. */
export const isOfOrder = ({ metadata }: Stripe.PaymentIntent): boolean => UUID.test(metadata?.['order_id'] ?? '');

const COPY = /^([0-9a-f-]{36}):([1-9]\d{0,5})(?::([a-z]+))?$/;

/** Which copies it is for. A value of metadata is at most 500 characters long: enough for nine, and a cart has five. */
export const copiesText = (copies: readonly BoughtCopy[]): string =>
  copies.map(({ editionId, number, frame }) => [editionId, number, ...(frame ? [frame] : [])].join(':')).join(',');

export function copiesOf({ metadata }: Stripe.PaymentIntent): BoughtCopy[] {
  return (metadata?.['copies'] ?? '').split(',').flatMap((text) => {
    const [, editionId, number, framed] = COPY.exec(text) ?? [];
    const frame = schema.FRAMES.find((known) => known === framed) ?? null;
    return editionId !== undefined && UUID.test(editionId) ? [{ editionId, number: Number(number), frame }] : [];
  });
}

/** @throws {UnreadableAnswerError} for anything that is not a refund of an intent in a state that we know */
export function refundOf(answer: Stripe.Refund): ProviderRefund {
  const refundId = answer.metadata?.['refund_id'];
  const status = REFUND_STATUS[answer.status ?? ''];
  if (answer.object !== 'refund' || typeof answer.id !== 'string' || !answer.payment_intent || !status) {
    throw new UnreadableAnswerError('not a refund of a PaymentIntent');
  }
  return {
    id: answer.id,
    intentId: idOf(answer.payment_intent),
    refundId: refundId !== undefined && UUID.test(refundId) ? refundId : null,
    status,
    amountMinor: answer.amount,
    currency: answer.currency.toUpperCase(),
    failure: answer.failure_reason ?? null,
  };
}

const REFUND_STATUS: Readonly<Record<string, ProviderRefund['status']>> = {
  pending: 'pending',
  // The customer's bank wants something from the customer.
  requires_action: 'pending',
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'failed',
};

/** @throws {UnreadableAnswerError} */
export function disputeOf(answer: Stripe.Dispute): Dispute {
  if (answer.object !== 'dispute' || !answer.payment_intent || typeof answer.status !== 'string') {
    throw new UnreadableAnswerError('not a dispute of a PaymentIntent');
  }
  const status = DISPUTE_ENDS[answer.status] ?? 'open';
  return { id: answer.id, intentId: idOf(answer.payment_intent), status };
}

const DISPUTE_ENDS: Readonly<Record<string, Dispute['status']>> = {
  won: 'closed',
  prevented: 'closed',
  warning_closed: 'closed',
  lost: 'lost',
};

/** @throws {UnreadableAnswerError} */
export function chargeOf(answer: Stripe.Charge): StatementCharge {
  const status = CHARGE_STATUS.find((known) => known === answer.status);
  if (answer.object !== 'charge' || !Number.isSafeInteger(answer.amount) || !status) {
    throw new UnreadableAnswerError('not a charge in a state that we know');
  }
  return {
    ...{ id: answer.id, status, amountMinor: answer.amount, currency: answer.currency.toUpperCase() },
    last4: answer.payment_method_details?.card?.last4 ?? null,
    disputed: answer.disputed,
    createdAt: new Date(answer.created * 1000),
  };
}

const CHARGE_STATUS = ['succeeded', 'pending', 'failed'] as const satisfies StatementCharge['status'][];

/** A field that is an object where it was expanded, else its id. */
export const idOf = (field: string | { readonly id: string }): string => (typeof field === 'string' ? field : field.id);

/** A clear no: of the card (402), or of the bank's check. */
export const isDecline = (error: unknown): error is Stripe.errors.StripeError =>
  error instanceof Stripe.errors.StripeCardError ||
  (error instanceof Stripe.errors.StripeError && error.code === 'payment_intent_authentication_failure');

export const isMissing = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError && error.code === 'resource_missing';

/** A stored 5xx under our key: it is replayed for as long as the key lives and says nothing of the charge. */
export const isReplayedServerError = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError &&
  (error.statusCode ?? 0) >= 500 &&
  error.headers?.['idempotent-replayed'] === 'true';

/** The request itself was refused and nothing was executed. A key that is in use or was used otherwise is not this. */
export const isRefused = (error: unknown): error is Stripe.errors.StripeInvalidRequestError =>
  error instanceof Stripe.errors.StripeInvalidRequestError &&
  (error.statusCode === 400 || error.statusCode === 404) &&
  error.code !== 'idempotency_key_in_use';

/** A confirmation token that was used, or is past its end, has words of its own. */
export const refusalReason = (error: Stripe.errors.StripeInvalidRequestError): DeclineReason =>
  error.param === 'confirmation_token' ? 'token_expired' : 'card_declined';

export function reasonOf(error: {
  readonly code?: string | undefined;
  readonly decline_code?: string | undefined;
}): DeclineReason {
  if (error.code === 'payment_intent_authentication_failure') return 'action_failed';
  for (const code of [error.decline_code, error.code]) {
    if (code === 'insufficient_funds' || code === 'expired_card' || code === 'incorrect_cvc') return code;
  }
  return 'card_declined';
}
