import type Stripe from 'stripe';
import type { z } from 'zod';
import { type Call, nowSeconds } from './call.ts';
import { confirm } from './confirm.ts';
import { mustBeCustomer } from './customers.ts';
import { type ApiError, invalidRequest, resourceMissing, unexpectedState } from './errors.ts';
import { emit } from './events.ts';
import { randomId } from './ids.ts';
import {
  type actionParameters,
  attributesIn,
  type CancelParameters,
  type CaptureParameters,
  type ConfirmParameters,
  type CreateParameters,
  minimumMinor,
  type retrieveParameters,
  type UpdateParameters,
} from './intent-parameters.ts';
import { type ApiList, listParameters, pageOf } from './lists.ts';
import { merged } from './metadata.ts';
import { authenticationFailed, canceled, captured, charged, type Intent } from './outcomes.ts';
import * as kind from './parameters.ts';
import { methodFor } from './payment-methods.ts';

export const intentListParameters = listParameters.extend({
  customer: kind.text.optional(),
  customer_account: kind.text.optional(),
});

export function createIntent(call: Call, params: CreateParameters): Intent | ApiError {
  mustBeCustomer(call, params.customer);
  const intent = newIntent(call, params);
  call.store.objects.put(call.account, intent);
  emit(call, 'payment_intent.created', intent);
  return params.confirm === true ? confirm(call, intent, params) : intent;
}

export function retrieveIntent(call: Call, params: z.output<typeof retrieveParameters>): Intent {
  const now = intentInPath(call);
  const intent = call.overrides.stale ? (call.store.objects.intentBefore(call.account, now.id) ?? now) : now;
  if (params.client_secret !== undefined && params.client_secret !== intent.client_secret) {
    throw invalidRequest('The client_secret provided does not match this PaymentIntent.', { param: 'client_secret' });
  }
  return intent;
}

export function updateIntent(call: Call, params: UpdateParameters): Intent {
  const intent = intentInPath(call);
  const { amount, currency, payment_method: methodId } = params;
  const changesPayment = amount !== undefined || currency !== undefined || methodId !== undefined;
  if (changesPayment && !CHANGEABLE.has(intent.status)) {
    throw unexpectedState(
      intent,
      `This PaymentIntent's amount, currency or payment method could not be updated because it has a status of ${intent.status}. You may only update a PaymentIntent with one of the following statuses: ${[...CHANGEABLE].join(', ')}.`,
    );
  }
  mustBeCustomer(call, params.customer);
  const updated: Intent = {
    ...intent,
    ...attributesIn(params),
    ...(amount !== undefined && { amount }),
    ...(currency !== undefined && { currency }),
    ...(params.capture_method !== undefined && { capture_method: params.capture_method }),
    // Another instrument ends what was asked of the shopper for the one before.
    ...(methodId !== undefined && {
      payment_method: methodFor(call, methodId).method.id,
      next_action: null,
      status: 'requires_confirmation' as const,
    }),
    metadata: merged(intent.metadata, params.metadata),
  };
  if (updated.amount < minimumMinor(updated.currency)) {
    throw invalidRequest('Amount is below the minimum charge of this currency.', {
      code: 'amount_too_small',
      param: 'amount',
    });
  }
  return call.store.objects.put(call.account, updated);
}

export function confirmIntent(call: Call, params: ConfirmParameters): Intent | ApiError {
  return confirm(call, intentInPath(call), params);
}

export function cancelIntent(call: Call, params: CancelParameters): Intent {
  const intent = intentInPath(call);
  if (!CANCELABLE.has(intent.status)) {
    throw unexpectedState(
      intent,
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${[...CANCELABLE].join(', ')}.`,
    );
  }
  return canceled(call, intent, params.cancellation_reason ?? null);
}

/** The shopper has passed the bank's check, or has not. */
export function actOnIntent(call: Call, { result }: z.output<typeof actionParameters>): Intent {
  const intent = intentInPath(call);
  if (intent.status !== 'requires_action') {
    throw unexpectedState(intent, `The bank wants nothing of this PaymentIntent: it has a status of ${intent.status}.`);
  }
  const paid = methodFor(call, intent.payment_method ?? '');
  return result === 'complete' ? charged(call, intent, paid) : authenticationFailed(call, intent, paid);
}

/** Takes what a confirm has reserved, or a part of it; the rest is let go. */
export function captureIntent(call: Call, params: CaptureParameters): Intent {
  const intent = intentInPath(call);
  if (intent.status !== 'requires_capture') {
    throw unexpectedState(
      intent,
      `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
    );
  }
  const amount = params.amount_to_capture ?? intent.amount_capturable;
  if (amount > intent.amount_capturable) {
    throw invalidRequest('The amount_to_capture is greater than the amount that can be captured.', {
      code: 'amount_too_large',
      param: 'amount_to_capture',
    });
  }
  const metadata = merged(intent.metadata, params.metadata);
  return captured(call, { ...intent, ...attributesIn(params), metadata }, amount);
}

export function listIntents(call: Call, params: z.output<typeof intentListParameters>): ApiList {
  const where: string[] = [];
  const values: string[] = [];
  for (const name of ['customer', 'customer_account'] as const) {
    const value = params[name];
    if (value === undefined) continue;
    where.push(`json ->> '$.${name}' = ?`);
    values.push(value);
  }
  return pageOf(call, 'payment_intent', '/v1/payment_intents', params, { where, values });
}

// A payment that is processing cannot be taken back, and neither can one that has ended.
const CHANGEABLE: ReadonlySet<string> = new Set([
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
]);

const CANCELABLE: ReadonlySet<string> = new Set([...CHANGEABLE, 'requires_capture']);

function intentInPath(call: Call): Intent {
  const id = call.path['intent'] ?? '';
  const intent = call.store.objects.get<Intent>(call.account, 'payment_intent', id);
  if (!intent) throw resourceMissing('payment_intent', id, 'intent');
  return intent;
}

function newIntent(call: Call, params: CreateParameters): Intent {
  const id = randomId('pi_3');
  const method = params.payment_method === undefined ? null : methodFor(call, params.payment_method).method.id;
  const automatic = params.automatic_payment_methods;
  const types = params.payment_method_types ?? params.allowed_payment_method_types;
  const base = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: params.amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: types
      ? null
      : { allow_redirects: automatic?.allow_redirects ?? 'always', enabled: automatic?.enabled ?? true },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: params.capture_method ?? 'automatic_async',
    client_secret: `${id}_secret_${randomId('')}`,
    confirmation_method: 'automatic',
    created: nowSeconds(call),
    currency: params.currency,
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: merged({}, params.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: method,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: types ?? ['card', 'us_bank_account'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: method === null ? 'requires_payment_method' : 'requires_confirmation',
    transfer_data: null,
    transfer_group: null,
  } satisfies Stripe.PaymentIntent;
  return { ...base, ...attributesIn(params) };
}
