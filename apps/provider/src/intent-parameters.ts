// The parameters of each PaymentIntent request: every one that Stripe documents. Those we act on have their own kind;
// those we only keep are stored and returned; those whose meaning we could not honour are refused.
import { z } from 'zod';
import * as kind from './parameters.ts';

/** Stored on the intent as they come, and returned with it. "" sets one to null. */
const attributes = {
  amount_details: kind.kept,
  application_fee_amount: z.union([z.literal(''), kind.integer]),
  allowed_payment_method_types: kind.strings,
  customer: kind.text,
  customer_account: kind.text,
  description: kind.text,
  excluded_payment_method_types: z.union([z.literal(''), kind.strings]),
  hooks: kind.kept,
  on_behalf_of: kind.text,
  payment_details: kind.kept,
  payment_method_options: kind.kept,
  receipt_email: kind.text,
  setup_future_usage: kind.oneOf('', 'off_session', 'on_session'),
  shipping: z.union([
    z.literal(''),
    z.strictObject({
      address: z.record(z.string(), z.string()),
      name: kind.text,
      carrier: kind.text.optional(),
      phone: kind.text.optional(),
      tracking_number: kind.text.optional(),
    }),
  ]),
  statement_descriptor: kind.text,
  statement_descriptor_suffix: kind.text,
  transfer_data: kind.kept,
  transfer_group: kind.text,
};

/** Say how this one request is to be treated; the intent does not show them. */
const confirming = {
  capture_method: kind.oneOf('automatic', 'automatic_async', 'manual'),
  confirmation_token: kind.filled,
  error_on_requires_action: kind.boolean,
  expand: kind.strings,
  mandate: kind.text,
  mandate_data: kind.kept,
  off_session: kind.kept,
  payment_method: kind.filled,
  payment_method_configuration: kind.text,
  payment_method_data: kind.notModelled(kind.kept, () => false),
  radar_options: kind.kept,
  return_url: z.url({ error: 'Not a valid URL.' }),
  use_stripe_sdk: kind.notModelled(kind.boolean, (value) => !value),
};

const amount = kind.positive.superRefine((value, context) => {
  if (value > MAX_AMOUNT_MINOR) {
    context.addIssue({ code: 'custom', message: 'Too large.', params: { code: 'amount_too_large' } });
  }
});

export const retrieveParameters = z.strictObject({ client_secret: kind.text, expand: kind.strings }).partial();

export const createParameters = z
  .strictObject({
    ...attributes,
    ...confirming,
    automatic_payment_methods: z.strictObject({
      enabled: kind.boolean,
      allow_redirects: kind.oneOf('always', 'never').optional(),
    }),
    confirm: kind.boolean,
    confirmation_method: kind.notModelled(kind.oneOf('automatic', 'manual'), (value) => value !== 'manual'),
    metadata: kind.metadata,
    payment_method_types: kind.strings,
  })
  .partial()
  .extend({ amount, currency: kind.currency })
  .superRefine((params, context) => {
    refuseTwoInstruments(params, context);
    if (params.amount < minimumMinor(params.currency)) {
      context.addIssue(issue('amount', 'amount_too_small', 'Amount is below the minimum charge of this currency.'));
    }
    for (const name of ['confirmation_token', 'return_url'] as const) {
      if (params[name] !== undefined && params.confirm !== true) {
        context.addIssue(issue(name, 'parameter_invalid', 'Can only be given together with confirm=true.'));
      }
    }
  });

export const updateParameters = z
  .strictObject({
    ...attributes,
    amount,
    capture_method: confirming.capture_method,
    currency: kind.currency,
    expand: kind.strings,
    metadata: kind.metadata,
    payment_method: kind.filled,
    payment_method_configuration: kind.text,
    payment_method_data: confirming.payment_method_data,
  })
  .partial();

export const confirmParameters = z
  .strictObject({
    ...confirming,
    amount_to_confirm: kind.positive,
    allowed_payment_method_types: attributes.allowed_payment_method_types,
    amount_details: attributes.amount_details,
    client_secret: kind.text,
    excluded_payment_method_types: attributes.excluded_payment_method_types,
    hooks: attributes.hooks,
    payment_details: attributes.payment_details,
    payment_method_options: attributes.payment_method_options,
    receipt_email: attributes.receipt_email,
    setup_future_usage: attributes.setup_future_usage,
    shipping: attributes.shipping,
  })
  .partial()
  .superRefine(refuseTwoInstruments);

export const cancelParameters = z
  .strictObject({
    cancellation_reason: kind.oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'),
    expand: kind.strings,
  })
  .partial();

/** What the shopper says at the bank: only here, for shops whose pages stand in for the bank's. */
export const actionParameters = z.strictObject({
  result: z.enum(['complete', 'fail']),
  expand: kind.strings.optional(),
});

export const captureParameters = z
  .strictObject({
    amount_details: attributes.amount_details,
    amount_to_capture: kind.positive,
    application_fee_amount: kind.integer,
    expand: kind.strings,
    final_capture: kind.notModelled(kind.boolean, (value) => value),
    hooks: attributes.hooks,
    metadata: kind.metadata,
    payment_details: attributes.payment_details,
    statement_descriptor: attributes.statement_descriptor,
    statement_descriptor_suffix: attributes.statement_descriptor_suffix,
    transfer_data: attributes.transfer_data,
  })
  .partial();

export type CreateParameters = z.output<typeof createParameters>;
export type UpdateParameters = z.output<typeof updateParameters>;
export type ConfirmParameters = z.output<typeof confirmParameters>;
export type CancelParameters = z.output<typeof cancelParameters>;
export type CaptureParameters = z.output<typeof captureParameters>;

/** The attributes among `params`, as they are stored. */
export function attributesIn(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = Object.keys(attributes).filter((name) => params[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, params[name] === '' ? null : params[name]]));
}

/** Stripe's smallest charge, in minor units; its table has more rows, none of them far from 50. */
export function minimumMinor(currency: string): number {
  return currency === 'gbp' ? 30 : 50;
}

const MAX_AMOUNT_MINOR = 99_999_999;

function refuseTwoInstruments(
  params: { payment_method?: string | undefined; confirmation_token?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (params.payment_method === undefined || params.confirmation_token === undefined) return;
  context.addIssue(
    issue('confirmation_token', 'parameters_exclusive', 'Cannot be given together with payment_method.'),
  );
}

function issue(param: string, code: string, message: string) {
  return { code: 'custom' as const, path: [param], message, params: { code } };
}
