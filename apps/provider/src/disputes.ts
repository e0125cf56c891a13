// Disputes: the owner of a card asks the bank for the money back. It is withdrawn at once, and comes back if the dispute
// is won. While it is open or lost, the charge cannot be refunded.
import type Stripe from 'stripe';
import { z } from 'zod';
import { moveBalance } from './balance.ts';
import { type Call, nowSeconds } from './call.ts';
import type { Charge } from './charges.ts';
import { ApiError, invalidRequest, resourceMissing, withDocUrl } from './errors.ts';
import { emit } from './events.ts';
import { randomId } from './ids.ts';
import { type ApiList, listParameters, pageOf } from './lists.ts';
import { merged } from './metadata.ts';
import * as kind from './parameters.ts';

/** A dispute as it is stored: what Stripe can expand is an id. */
export type Dispute = Stripe.Dispute & { readonly charge: string; readonly payment_intent: string | null };

export const disputeUpdateParameters = z
  .strictObject({
    evidence: z.record(z.string(), z.string()),
    expand: kind.strings,
    intended_submission_method: kind.notModelled(kind.text, () => false),
    metadata: kind.metadata,
    submit: kind.boolean,
  })
  .partial();

export const disputeListParameters = listParameters.extend({
  charge: kind.text.optional(),
  payment_intent: kind.text.optional(),
});

/** @throws {ApiError} 400: the charge is disputed, or has no money that could be. */
export function openDispute(call: Call, charge: Charge): Dispute {
  if (charge.disputed) {
    const message = `The charge ${charge.id} is disputed already.`;
    throw new ApiError(400, withDocUrl({ type: 'invalid_request_error', code: 'charge_disputed', message }));
  }
  const amount = charge.amount_captured - charge.amount_refunded;
  if (amount <= 0) throw invalidRequest(`The charge ${charge.id} has no money that could be disputed.`);
  const dispute = newDispute(call, charge, amount);
  call.store.objects.put(call.account, dispute, charge.payment_intent ? { paymentIntent: charge.payment_intent } : {});
  const disputed: Charge = { ...charge, disputed: true };
  call.store.objects.put(call.account, disputed);
  emit(call, 'charge.dispute.created', dispute);
  emit(call, 'charge.dispute.funds_withdrawn', dispute);
  emit(call, 'charge.updated', disputed, charge);
  return dispute;
}

export function retrieveDispute(call: Call): Dispute {
  const id = call.path['dispute'] ?? '';
  const dispute = call.store.objects.get<Dispute>(call.account, 'dispute', id);
  if (!dispute) throw resourceMissing('dispute', id, 'id');
  return dispute;
}

/** Takes evidence, stored and returned; `submit` (the default) sends it to the bank. */
export function updateDispute(call: Call, params: z.output<typeof disputeUpdateParameters>): Dispute {
  const dispute = openIn(retrieveDispute(call));
  const isSent = params.evidence !== undefined && params.submit !== false;
  const { evidence_details: details } = dispute;
  const updated: Dispute = {
    ...dispute,
    evidence: { ...dispute.evidence, ...params.evidence },
    evidence_details: {
      ...details,
      has_evidence: details.has_evidence || params.evidence !== undefined,
      submission_count: details.submission_count + (isSent ? 1 : 0),
    },
    metadata: merged(dispute.metadata, params.metadata),
    status: isSent ? 'under_review' : dispute.status,
  };
  call.store.objects.put(call.account, updated);
  emit(call, 'charge.dispute.updated', updated, dispute);
  return updated;
}

/** The account gives in: lost. */
export function closeDispute(call: Call): Dispute {
  return endDispute(call, openIn(retrieveDispute(call)), 'lost');
}

export function listDisputes(call: Call, params: z.output<typeof disputeListParameters>): ApiList {
  const { charge, payment_intent } = params;
  const filters = Object.entries({ charge, payment_intent }).filter(([, value]) => value !== undefined);
  return pageOf(call, 'dispute', '/v1/disputes', params, {
    where: filters.map(([name]) => `json ->> '$.${name}' = ?`),
    values: filters.map(([, value]) => value ?? ''),
  });
}

/** The bank has decided, or the account gave in. @throws {ApiError} 400: it is closed. */
export function endDispute(call: Call, dispute: Dispute, status: 'won' | 'lost'): Dispute {
  openIn(dispute);
  const back = status === 'won' ? [withdrawal(call, dispute, dispute.amount, 'Chargeback reversal')] : [];
  const ended: Dispute = {
    ...dispute,
    balance_transactions: [...dispute.balance_transactions, ...back],
    is_charge_refundable: status === 'won',
    status,
  };
  call.store.objects.put(call.account, ended);
  emit(call, 'charge.dispute.closed', ended, dispute);
  if (status === 'won') emit(call, 'charge.dispute.funds_reinstated', ended);
  return ended;
}

/** Whether the bank has the money of a charge, or may keep it. */
export function isChargedBack(call: Call, charge: Charge): boolean {
  const where = ["json ->> '$.charge' = ?", "json ->> '$.status' <> 'won'"];
  return call.store.objects.page(call.account, 'dispute', where, [charge.id], 1, 'DESC').data.length > 0;
}

function openIn(dispute: Dispute): Dispute {
  if (dispute.status === 'needs_response' || dispute.status === 'under_review') return dispute;
  throw invalidRequest(`This dispute is already closed: it was ${dispute.status}.`);
}

function newDispute(call: Call, charge: Charge, amount: number): Dispute {
  const id = randomId('dp_1');
  const { currency } = charge;
  const withdrawn = withdrawal(call, { id, currency }, -amount, 'Chargeback withdrawal', 1_500);
  return {
    id,
    object: 'dispute',
    amount,
    balance_transactions: [withdrawn],
    charge: charge.id,
    created: nowSeconds(call),
    currency,
    enhanced_eligibility_types: [],
    evidence: { enhanced_evidence: {} } as Stripe.Dispute.Evidence,
    evidence_details: {
      due_by: nowSeconds(call) + 7 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: 'fraudulent',
    status: 'needs_response',
  };
}

function withdrawal(
  call: Call,
  dispute: { id: string; currency: string },
  amountMinor: number,
  description: string,
  feeMinor = 0,
): Stripe.BalanceTransaction {
  const { id: source, currency } = dispute;
  return moveBalance(call, { type: 'adjustment', source, amountMinor, feeMinor, currency, description });
}
