// Confirmation tokens. One works for a single confirm, and stops working before the provider may forget the idempotency
// key of that confirm. Both together mean: a confirm that was sent once can never charge again later, by whomever it is
// sent, not even when the key that protected it is gone.
import type Stripe from 'stripe';
import { z } from 'zod';
import { type Call, nowSeconds } from './call.ts';
import { ApiError, resourceMissing, withDocUrl } from './errors.ts';
import { randomId } from './ids.ts';
import { methodDetails, testInstrument } from './instruments.ts';
import * as kind from './parameters.ts';
import { createMethod, EMPTY_BILLING_DETAILS, type Method } from './payment-methods.ts';

export const tokenParameters = z
  .strictObject({
    expand: kind.strings,
    payment_method: kind.filled,
    // What the Payment Element would have collected. A card number is never taken: tests name an instrument instead.
    payment_method_data: kind.notModelled(kind.kept, () => false),
    payment_method_options: kind.kept,
    return_url: z.url({ error: 'Not a valid URL.' }),
    setup_future_usage: kind.oneOf('off_session', 'on_session'),
    shipping: kind.kept,
  })
  .partial()
  .required({ payment_method: true });

export function createToken(call: Call, params: z.output<typeof tokenParameters>): Stripe.ConfirmationToken {
  const name = params.payment_method;
  const instrument = testInstrument(name);
  if (!instrument) throw resourceMissing('PaymentMethod', name, 'payment_method', 400);
  const token: Stripe.ConfirmationToken = {
    id: randomId('ctoken_1'),
    object: 'confirmation_token',
    created: nowSeconds(call),
    expires_at: Math.floor((call.nowMs + call.settings.tokenLifetimeMs) / 1000),
    livemode: false,
    mandate_data: null,
    metadata: null,
    payment_intent: null,
    payment_method_options: null,
    payment_method_preview: {
      billing_details: EMPTY_BILLING_DETAILS,
      customer: null,
      customer_account: null,
      type: instrument.type,
      ...methodDetails(instrument),
    },
    return_url: params.return_url ?? null,
    setup_future_usage: params.setup_future_usage ?? null,
    setup_intent: null,
    shipping: (params.shipping ?? null) as Stripe.ConfirmationToken.Shipping | null,
    use_stripe_sdk: false,
  };
  return call.store.objects.put(call.account, token, { instrument: name });
}

export function retrieveToken(call: Call): Stripe.ConfirmationToken {
  const id = call.path['confirmation_token'] ?? '';
  const token = call.store.objects.get<Stripe.ConfirmationToken>(call.account, 'confirmation_token', id);
  if (!token) throw resourceMissing('ConfirmationToken', id, 'confirmation_token');
  return token;
}

/**
 * Uses a token up: the payment method it stands for, made now, and the token as it was.
 * @throws {ApiError} 400 resource_missing, token_already_used or token_expired.
 */
export function useToken(
  call: Call,
  id: string,
  intentId: string,
): Method & { readonly token: Stripe.ConfirmationToken } {
  const token = call.store.objects.get<Stripe.ConfirmationToken>(call.account, 'confirmation_token', id);
  if (!token) throw resourceMissing('ConfirmationToken', id, 'confirmation_token', 400);
  if (token.payment_intent !== null) {
    throw refusedToken(
      'token_already_used',
      `The ConfirmationToken '${id}' was already used to confirm ${token.payment_intent}.`,
    );
  }
  if (token.expires_at === null || token.expires_at * 1000 <= call.nowMs) {
    throw refusedToken('token_expired', `The ConfirmationToken '${id}' has expired and can no longer be used.`);
  }
  call.store.objects.put(call.account, { ...token, payment_intent: intentId }, { paymentIntent: intentId });
  const name = call.store.objects.private(call.account, id).instrument ?? '';
  return { ...createMethod(call, name, 'confirmation_token'), token };
}

function refusedToken(code: 'token_already_used' | 'token_expired', message: string): ApiError {
  return new ApiError(400, withDocUrl({ type: 'invalid_request_error', code, message, param: 'confirmation_token' }));
}
