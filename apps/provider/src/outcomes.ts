// What becomes of an attempt to pay: each moves the intent, its charge, the ledger and the events together, in the
// transaction that the caller has open. An intent is charged at most once: `bookCharge` refuses a second time, and so
// does the ledger.
import type Stripe from 'stripe';
import { chargeFeeMinor, moveBalance } from './balance.ts';
import { book } from './booking.ts';
import { type Call, nowSeconds } from './call.ts';
import { type Charge, createCharge } from './charges.ts';
import { openDispute } from './disputes.ts';
import { ApiError, type ErrorBody, unexpectedState, withDocUrl } from './errors.ts';
import { type EventType, emit } from './events.ts';
import type { Decline } from './instruments.ts';
import { type Method, methodFor } from './payment-methods.ts';

/** An intent as it is stored: what Stripe can expand is an id. */
export type Intent = Stripe.PaymentIntent & {
  readonly latest_charge: string | null;
  readonly payment_method: string | null;
};

/** An authorization that nobody captures ends after so long. */
const AUTHORIZATION_MS = 7 * 86_400_000;

/** The money is taken; where it is to be captured by hand, it is only reserved. */
export function charged(call: Call, intent: Intent, paid: Method): Intent {
  if (intent.capture_method === 'manual') return authorized(call, intent, paid);
  const after = bookCharge(call, intent, createCharge(call, intent, paid, 'succeeded'));
  if (paid.instrument.isDisputed) openDispute(call, storedCharge(call, after));
  return after;
}

/** The bank has taken the payment on, and will answer later. */
export function processing(call: Call, intent: Intent, paid: Method): Intent {
  const charge = createCharge(call, intent, paid, 'pending');
  emit(call, 'charge.pending', charge);
  const after: Intent = { ...intent, ...attempted(paid), latest_charge: charge.id, status: 'processing' };
  return save(call, 'payment_intent.processing', after);
}

/** The bank's later answer to a payment that was processing: yes. */
export function processed(call: Call, intent: Intent): Intent {
  const charge = storedCharge(call, intent);
  const taken = { amount_captured: charge.amount, captured: true, paid: true, status: 'succeeded' } as const;
  return bookCharge(call, intent, call.store.objects.put(call.account, { ...charge, ...taken }));
}

/** The bank's later answer to a payment that was processing: no. */
export function processingFailed(call: Call, intent: Intent): Intent {
  const message = 'The payment failed.';
  const code = 'payment_intent_payment_attempt_failed';
  const before = storedCharge(call, intent);
  const charge: Charge = { ...before, failure_code: code, failure_message: message, status: 'failed' };
  call.store.objects.put(call.account, charge);
  emit(call, 'charge.failed', charge);
  book(call, 'decline', intent, charge);
  const { method } = methodFor(call, intent.payment_method ?? '');
  const error = { type: 'invalid_request_error', code, message, charge: charge.id, payment_method: method } as const;
  return save(call, 'payment_intent.payment_failed', refused(intent, error));
}

/** Takes an amount of what is reserved, and lets the rest go. @param amountMinor at most `amount_capturable` */
export function captured(call: Call, intent: Intent, amountMinor: number): Intent {
  call.store.dueDates.remove({ object: intent.id, what: 'expire_authorization' });
  const before = storedCharge(call, intent);
  const charge = withBalance(call, { ...before, amount_captured: amountMinor, captured: true });
  book(call, 'capture', intent, charge, { amountMinor });
  emit(call, 'charge.captured', charge, before);
  const moved = { amount_capturable: 0, amount_received: amountMinor, status: 'succeeded' } as const;
  return save(call, 'payment_intent.succeeded', { ...intent, ...moved });
}

/** Ends an intent without money. What is reserved is let go. */
export function canceled(
  call: Call,
  intent: Intent,
  reason: Stripe.PaymentIntent['cancellation_reason'],
  letGoAs: 'charge.refunded' | 'charge.expired' = 'charge.refunded',
): Intent {
  call.store.dueDates.remove({ object: intent.id, what: 'expire_authorization' });
  if (intent.status === 'requires_capture') letGo(call, intent, letGoAs);
  return save(call, 'payment_intent.canceled', {
    ...intent,
    amount_capturable: 0,
    canceled_at: nowSeconds(call),
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  });
}

/** The provider takes a charge back by itself: the intent has ended, without money, and is never charged again. */
export function reversed(call: Call, intent: Intent): Intent {
  letGo(call, intent, 'charge.refunded');
  return canceled(call, { ...intent, amount_received: 0, status: 'succeeded' }, 'automatic');
}

/** The bank asks for the shopper first. */
export function actionRequired(call: Call, intent: Intent, paid: Method, returnUrl: string): Intent {
  const url = `${call.settings.shopUrl}/test-bank/${intent.id}`;
  const next_action = { type: 'redirect_to_url', redirect_to_url: { url, return_url: returnUrl } };
  const after: Intent = { ...intent, ...attempted(paid), next_action, status: 'requires_action' };
  return save(call, 'payment_intent.requires_action', after);
}

/** The shopper did not pass the bank's check: nothing was charged, no charge was made. */
export function authenticationFailed(call: Call, intent: Intent, paid: Method): Intent {
  const after = refused(intent, {
    type: 'invalid_request_error',
    code: 'payment_intent_authentication_failure',
    message:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
    payment_method: paid.method,
  });
  return save(call, 'payment_intent.payment_failed', after);
}

/** The bank says no. @returns the 402 that carries the intent: returned, not thrown, since what it changed must stay. */
export function declined(call: Call, intent: Intent, paid: Method, decline: Decline): ApiError {
  const charge = createCharge(call, intent, paid, decline);
  emit(call, 'charge.failed', charge);
  book(call, 'decline', intent, charge);
  const error = withDocUrl({ type: 'card_error', ...decline, charge: charge.id, payment_method: paid.method });
  const after = { ...refused(intent, error), latest_charge: charge.id };
  return new ApiError(402, { ...error, payment_intent: save(call, 'payment_intent.payment_failed', after) });
}

/** Enters a charge into the account's balance, where that was not done at once: the charge is whole from then on. */
export function settleCharge(call: Call, charge: Charge): void {
  if (charge.balance_transaction === null) emit(call, 'charge.updated', withBalance(call, charge), charge);
}

function authorized(call: Call, intent: Intent, paid: Method): Intent {
  const charge = createCharge(call, intent, paid, 'authorized');
  book(call, 'charge', intent, charge);
  emit(call, 'charge.succeeded', charge);
  const due = { account: call.account, object: intent.id, what: 'expire_authorization' } as const;
  call.store.dueDates.set(due, call.nowMs + AUTHORIZATION_MS);
  const moved = { amount_capturable: intent.amount, latest_charge: charge.id, status: 'requires_capture' } as const;
  return save(call, 'payment_intent.amount_capturable_updated', { ...intent, ...attempted(paid), ...moved });
}

function bookCharge(call: Call, intent: Intent, made: Charge): Intent {
  if (intent.amount_received > 0) throw unexpectedState(intent, 'This PaymentIntent has already been charged.');
  book(call, 'charge', intent, made);
  const isLater = intent.capture_method === 'automatic_async';
  const charge = isLater ? made : withBalance(call, made);
  if (isLater) call.store.dueDates.set({ account: call.account, object: charge.id, what: 'settle_charge' }, call.nowMs);
  emit(call, 'charge.succeeded', charge);
  return save(call, 'payment_intent.succeeded', {
    ...intent,
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: charge.payment_method,
    status: 'succeeded',
  });
}

function withBalance(call: Call, charge: Charge): Charge {
  const { id, amount_captured: amountMinor, currency, description, payment_method_details: details } = charge;
  const type = details?.type === 'card' ? 'charge' : 'payment';
  const feeMinor = chargeFeeMinor(amountMinor);
  const movement = { type, source: id, amountMinor, feeMinor, currency, description } as const;
  return call.store.objects.put(call.account, { ...charge, balance_transaction: moveBalance(call, movement).id });
}

function letGo(call: Call, intent: Intent, type: 'charge.refunded' | 'charge.expired'): void {
  const before = storedCharge(call, intent);
  const charge: Charge = { ...before, amount_refunded: before.amount, refunded: true };
  call.store.objects.put(call.account, charge);
  call.store.dueDates.remove({ object: charge.id, what: 'settle_charge' });
  if (before.balance_transaction !== null) {
    const { id: source, amount, currency, description } = charge;
    moveBalance(call, { type: 'refund', source, amountMinor: -amount, currency, description });
  }
  book(call, 'void', intent, charge);
  emit(call, type, charge, before);
}

function attempted(paid: Method) {
  return { last_payment_error: null, next_action: null, payment_method: paid.method.id };
}

function refused(intent: Intent, error: ErrorBody): Intent {
  return {
    ...intent,
    last_payment_error: withDocUrl(error),
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  };
}

function save(call: Call, type: EventType, intent: Intent): Intent {
  call.store.objects.put(call.account, intent);
  emit(call, type, intent);
  return intent;
}

function storedCharge(call: Call, intent: Intent): Charge {
  const charge = call.store.objects.get<Charge>(call.account, 'charge', intent.latest_charge ?? '');
  if (!charge) throw unexpectedState(intent, 'This PaymentIntent has no charge.');
  return charge;
}
