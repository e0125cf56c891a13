import type Stripe from 'stripe';
import { z } from 'zod';
import { type Call, nowSeconds } from './call.ts';
import { resourceMissing } from './errors.ts';
import { emit } from './events.ts';
import { randomId } from './ids.ts';
import type { Decline } from './instruments.ts';
import { type ListParameters, listParameters, pageOf } from './lists.ts';
import { merged } from './metadata.ts';
import * as kind from './parameters.ts';
import { EMPTY_BILLING_DETAILS, type Method } from './payment-methods.ts';

/** A charge as it is stored: what Stripe can expand is an id. */
export type Charge = Stripe.Charge & {
  readonly balance_transaction: string | null;
  readonly payment_intent: string | null;
  readonly payment_method: string | null;
};

export const chargeUpdateParameters = z
  .strictObject({
    customer: kind.text,
    description: kind.text,
    expand: kind.strings,
    fraud_details: kind.notModelled(kind.kept, () => false),
    metadata: kind.metadata,
    receipt_email: kind.text,
    shipping: kind.kept,
    transfer_group: kind.text,
  })
  .partial();

export const chargeListParameters = listParameters.extend({
  customer: kind.text.optional(),
  payment_intent: kind.text.optional(),
  transfer_group: kind.text.optional(),
});

export function retrieveCharge(call: Call): Charge {
  const id = call.path['charge'] ?? '';
  const charge = call.store.objects.get<Charge>(call.account, 'charge', id);
  if (!charge) throw resourceMissing('charge', id, 'id');
  return charge;
}

export function updateCharge(call: Call, params: z.output<typeof chargeUpdateParameters>): Charge {
  const charge = retrieveCharge(call);
  const { expand: _, metadata, ...given } = params;
  const changes = Object.entries(given).filter(([, value]) => value !== undefined);
  const updated: Charge = {
    ...charge,
    ...Object.fromEntries(changes.map(([name, value]) => [name, value === '' ? null : value])),
    metadata: merged(charge.metadata, metadata),
  };
  call.store.objects.put(call.account, updated);
  emit(call, 'charge.updated', updated, charge);
  return updated;
}

export function listCharges(call: Call, params: z.output<typeof chargeListParameters>) {
  const where: string[] = [];
  const values: string[] = [];
  if (params.payment_intent !== undefined) {
    where.push('payment_intent = ?');
    values.push(params.payment_intent);
  }
  for (const name of ['customer', 'transfer_group'] as const) {
    const value = params[name];
    if (value === undefined) continue;
    where.push(`json ->> '$.${name}' = ?`);
    values.push(value);
  }
  return pageOf(call, 'charge', '/v1/charges', params satisfies ListParameters, { where, values });
}

/** An attempt to take the money of an intent: taken, only reserved, still on its way, or refused by the bank. */
type ChargeResult = 'succeeded' | 'authorized' | 'pending' | Decline;

/** Makes the charge of an attempt; the caller moves the intent and writes the ledger. */
export function createCharge(call: Call, intent: Stripe.PaymentIntent, paid: Method, result: ChargeResult): Charge {
  const decline = typeof result === 'object' ? result : undefined;
  const succeeded = result === 'succeeded';
  const charge = {
    id: randomId('ch_3'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: succeeded ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: intent.application_fee_amount,
    balance_transaction: null,
    billing_details: EMPTY_BILLING_DETAILS,
    calculated_statement_descriptor: null,
    captured: succeeded,
    created: nowSeconds(call),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: intent.on_behalf_of,
    outcome: outcomeOf(decline),
    paid: succeeded || result === 'authorized',
    payment_intent: intent.id,
    payment_method: paid.method.id,
    payment_method_details: paymentMethodDetails(paid.method),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: intent.shipping,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: decline ? 'failed' : result === 'pending' ? 'pending' : 'succeeded',
    transfer_data: null,
    transfer_group: intent.transfer_group,
  } satisfies Stripe.Charge;
  return call.store.objects.put<Charge>(call.account, charge, { paymentIntent: intent.id });
}

function outcomeOf(decline: Decline | undefined): Stripe.Charge.Outcome {
  return {
    advice_code: decline?.advice_code ?? null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: decline ? 'declined_by_network' : 'approved_by_network',
    reason: decline?.decline_code ?? null,
    risk_level: 'normal',
    seller_message: decline ? 'The bank did not return any further details with this decline.' : 'Payment complete.',
    type: decline ? 'issuer_declined' : 'authorized',
  };
}

function paymentMethodDetails(method: Stripe.PaymentMethod): Stripe.Charge.PaymentMethodDetails {
  const { type, card, us_bank_account: account } = method;
  if (card) {
    const { brand, country, exp_month, exp_year, funding, last4 } = card;
    return {
      type,
      card: {
        amount_authorized: null,
        authorization_code: null,
        brand,
        checks: card.checks,
        country,
        electronic_commerce_indicator: null,
        exp_month,
        exp_year,
        funding,
        installments: null,
        last4,
        mandate: null,
        network: brand,
        network_transaction_id: null,
        regulated_status: card.regulated_status,
        three_d_secure: null,
        transaction_link_id: null,
        wallet: null,
      },
    };
  }
  return {
    type,
    us_bank_account: {
      account_holder_type: account?.account_holder_type ?? null,
      account_type: account?.account_type ?? null,
      bank_name: account?.bank_name ?? null,
      fingerprint: null,
      last4: account?.last4 ?? null,
      payment_reference: null,
      routing_number: account?.routing_number ?? null,
    },
  };
}
