import type Stripe from 'stripe';
import { type Call, nowSeconds } from './call.ts';
import { invalidRequest, resourceMissing } from './errors.ts';
import { randomId } from './ids.ts';
import { type Instrument, methodDetails, testInstrument } from './instruments.ts';

/** A payment method and the test instrument behind it. */
export interface Method {
  readonly method: Stripe.PaymentMethod;
  readonly instrument: Instrument;
}

export function retrieveMethod(call: Call): Stripe.PaymentMethod {
  const id = call.path['payment_method'] ?? '';
  const found = call.store.objects.get<Stripe.PaymentMethod>(call.account, 'payment_method', id);
  // The name of a test instrument can be retrieved, too: it answers a payment method made of it.
  if (!found && testInstrument(id)) return createMethod(call, id, 'payment_method').method;
  if (!found) throw resourceMissing('PaymentMethod', id, 'payment_method');
  return found;
}

/**
 * The payment method that `id` names. Each use of a test instrument's name makes a payment method of its own.
 * @throws {ApiError} 400 resource_missing.
 */
export function methodFor(call: Call, id: string): Method {
  if (testInstrument(id)) return createMethod(call, id, 'payment_method');
  const method = call.store.objects.get<Stripe.PaymentMethod>(call.account, 'payment_method', id);
  const instrument = testInstrument(call.store.objects.private(call.account, id).instrument ?? '');
  if (!method || !instrument) throw resourceMissing('PaymentMethod', id, 'payment_method', 400);
  return { method, instrument };
}

/** @throws {ApiError} 400 resource_missing: there is no test instrument of that name. */
export function createMethod(call: Call, instrumentName: string, param: string): Method {
  const instrument = testInstrument(instrumentName);
  if (!instrument) throw resourceMissing('PaymentMethod', instrumentName, param, 400);
  const method: Stripe.PaymentMethod = {
    id: randomId('pm_1'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: EMPTY_BILLING_DETAILS,
    created: nowSeconds(call),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: instrument.type,
    ...methodDetails(instrument),
  };
  call.store.objects.put(call.account, method, { instrument: instrumentName });
  return { method, instrument };
}

/**
 * Ties a payment method to the intent that it is confirmed with.
 * @throws {ApiError} 400: it has paid for another intent and belongs to no customer, so it is used up.
 */
export function useMethod(call: Call, method: Stripe.PaymentMethod, intentId: string): void {
  const before = call.store.objects.private(call.account, method.id).paymentIntent;
  if (before !== undefined && before !== intentId) {
    throw invalidRequest(
      'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment. It may not be used again.',
      { code: 'payment_method_already_used', param: 'payment_method' },
    );
  }
  call.store.objects.put(call.account, method, { paymentIntent: intentId });
}

export const EMPTY_BILLING_DETAILS = {
  address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
  email: null,
  name: null,
  phone: null,
  tax_id: null,
} satisfies Stripe.PaymentMethod.BillingDetails;
