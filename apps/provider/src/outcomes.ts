// What becomes of an attempt to pay: each moves the intent, its charge and the ledger together, in the transaction that
// the caller has open. An intent is charged at most once: `charged` refuses a second time, and so does the ledger.
import type Stripe from 'stripe';
import { type Call, nowSeconds } from './call.ts';
import { createCharge } from './charges.ts';
import { ApiError, type ErrorBody, unexpectedState, withDocUrl } from './errors.ts';
import type { Decline } from './instruments.ts';
import type { LedgerKind } from './ledger.ts';
import { type Method, methodFor } from './payment-methods.ts';

/** An intent as it is stored: what Stripe can expand is an id. */
export type Intent = Stripe.PaymentIntent & {
  readonly latest_charge: string | null;
  readonly payment_method: string | null;
};

/** The money is taken. */
export function charged(call: Call, intent: Intent, paid: Method): Intent {
  const charge = createCharge(call, intent, paid, 'succeeded');
  return bookCharge(call, intent, charge);
}

/** The bank has taken the payment on, and will answer later. */
export function processing(call: Call, intent: Intent, paid: Method): Intent {
  const charge = createCharge(call, intent, paid, 'pending');
  return save(call, { ...intent, ...attempted(paid), latest_charge: charge.id, status: 'processing' });
}

/** The bank's later answer to a payment that was processing: yes. */
export function processed(call: Call, intent: Intent): Intent {
  const charge = storedCharge(call, intent);
  const settled: Stripe.Charge = {
    ...charge,
    amount_captured: charge.amount,
    captured: true,
    paid: true,
    status: 'succeeded',
  };
  return bookCharge(call, intent, call.store.objects.put(call.account, settled));
}

/** The bank's later answer to a payment that was processing: no. */
export function processingFailed(call: Call, intent: Intent): Intent {
  const message = 'The payment failed.';
  const code = 'payment_intent_payment_attempt_failed';
  const charge: Stripe.Charge = {
    ...storedCharge(call, intent),
    failure_code: code,
    failure_message: message,
    status: 'failed',
  };
  call.store.objects.put(call.account, charge);
  book(call, 'decline', intent, charge);
  const { method } = methodFor(call, intent.payment_method ?? '');
  const error = { type: 'invalid_request_error', code, message, charge: charge.id, payment_method: method } as const;
  return save(call, refused(intent, error));
}

/** The provider takes a charge back by itself: the intent has ended, without money, and is never charged again. */
export function reversed(call: Call, intent: Intent): Intent {
  const charge = storedCharge(call, intent);
  call.store.objects.put(call.account, { ...charge, amount_refunded: charge.amount, refunded: true });
  book(call, 'void', intent, charge);
  return save(call, {
    ...intent,
    amount_received: 0,
    canceled_at: nowSeconds(call),
    cancellation_reason: 'automatic',
    status: 'canceled',
  });
}

/** The bank asks for the shopper first. */
export function actionRequired(call: Call, intent: Intent, paid: Method, returnUrl: string): Intent {
  const url = `${call.settings.shopUrl}/test-bank/${intent.id}`;
  const next_action = { type: 'redirect_to_url', redirect_to_url: { url, return_url: returnUrl } };
  return save(call, { ...intent, ...attempted(paid), next_action, status: 'requires_action' });
}

/** The shopper did not pass the bank's check: nothing was charged, no charge was made. */
export function authenticationFailed(call: Call, intent: Intent, paid: Method): Intent {
  return save(
    call,
    refused(intent, {
      type: 'invalid_request_error',
      code: 'payment_intent_authentication_failure',
      message:
        'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
      payment_method: paid.method,
    }),
  );
}

/** The bank says no. @returns the 402 that carries the intent: returned, not thrown, since what it changed must stay. */
export function declined(call: Call, intent: Intent, paid: Method, decline: Decline): ApiError {
  const charge = createCharge(call, intent, paid, decline);
  book(call, 'decline', intent, charge);
  const error = withDocUrl({ type: 'card_error', ...decline, charge: charge.id, payment_method: paid.method });
  const after = save(call, { ...refused(intent, error), latest_charge: charge.id });
  return new ApiError(402, { ...error, payment_intent: after });
}

function bookCharge(call: Call, intent: Intent, charge: Stripe.Charge): Intent {
  if (intent.amount_received > 0) throw unexpectedState(intent, 'This PaymentIntent has already been charged.');
  book(call, 'charge', intent, charge);
  return save(call, {
    ...intent,
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: charge.payment_method,
    status: 'succeeded',
  });
}

function book(call: Call, kind: LedgerKind, intent: Intent, charge: Stripe.Charge): void {
  call.store.ledger.append({
    ts: call.nowMs,
    account: call.account,
    kind,
    charge: charge.id,
    pi: intent.id,
    amount: charge.amount,
    currency: charge.currency,
    order_id: intent.metadata['order_id'] ?? null,
    idempotency_key: call.idempotencyKey ?? null,
    request_id: call.requestId,
  });
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

function save(call: Call, intent: Intent): Intent {
  return call.store.objects.put(call.account, intent);
}

function storedCharge(call: Call, intent: Intent): Stripe.Charge {
  const charge = call.store.objects.get<Stripe.Charge>(call.account, 'charge', intent.latest_charge ?? '');
  if (!charge) throw unexpectedState(intent, 'This PaymentIntent has no charge.');
  return charge;
}
