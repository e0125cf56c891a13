// Balance transactions: what each charge, refund and dispute has done to the account's balance. The fees are made up,
// and everything is available at once.
import type Stripe from 'stripe';
import type { z } from 'zod';
import { type Call, nowSeconds } from './call.ts';
import { resourceMissing } from './errors.ts';
import { randomId } from './ids.ts';
import { type ApiList, listParameters, pageOf } from './lists.ts';
import * as kind from './parameters.ts';

export interface BalanceMovement {
  readonly type: 'charge' | 'payment' | 'refund' | 'refund_failure' | 'adjustment';
  /** Id of the charge, refund or dispute. */
  readonly source: string;
  /** Minor units; negative where money goes out. */
  readonly amountMinor: number;
  readonly feeMinor?: number;
  readonly currency: string;
  readonly description: string | null;
}

export const balanceListParameters = listParameters.extend({
  currency: kind.currency.optional(),
  payout: kind.notModelled(kind.text, () => false).optional(),
  source: kind.text.optional(),
  type: kind.text.optional(),
});

export function moveBalance(call: Call, movement: BalanceMovement): Stripe.BalanceTransaction {
  const { type, source, amountMinor, feeMinor = 0, currency, description } = movement;
  return call.store.objects.put<Stripe.BalanceTransaction>(call.account, {
    id: randomId('txn_3'),
    object: 'balance_transaction',
    amount: amountMinor,
    available_on: nowSeconds(call),
    balance_type: 'payments',
    created: nowSeconds(call),
    currency,
    description,
    exchange_rate: null,
    fee: feeMinor,
    fee_details: feeMinor === 0 ? [] : [feeDetail(feeMinor, currency)],
    net: amountMinor - feeMinor,
    reporting_category: type === 'adjustment' ? 'dispute' : type === 'payment' ? 'charge' : type,
    source,
    status: 'available',
    type,
  });
}

export function retrieveBalanceTransaction(call: Call): Stripe.BalanceTransaction {
  const id = call.path['transaction'] ?? '';
  const found = call.store.objects.get<Stripe.BalanceTransaction>(call.account, 'balance_transaction', id);
  if (!found) throw resourceMissing('balance transaction', id, 'id');
  return found;
}

export function listBalanceTransactions(call: Call, params: z.output<typeof balanceListParameters>): ApiList {
  const { source, type, currency } = params;
  const filters = Object.entries({ source, type, currency }).filter(([, value]) => value !== undefined);
  return pageOf(call, 'balance_transaction', '/v1/balance_transactions', params, {
    where: filters.map(([name]) => `json ->> '$.${name}' = ?`),
    values: filters.map(([, value]) => value ?? ''),
  });
}

/** 2.9 % and 30: what Stripe takes of a card in the United States. */
export function chargeFeeMinor(amountMinor: number): number {
  return Math.round(amountMinor * 0.029) + 30;
}

function feeDetail(amount: number, currency: string): Stripe.BalanceTransaction.FeeDetail {
  return { amount, application: null, currency, description: 'Stripe processing fees', type: 'stripe_fee' };
}
