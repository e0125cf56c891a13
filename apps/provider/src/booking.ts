import type Stripe from 'stripe';
import type { Call } from './call.ts';
import type { LedgerKind } from './ledger.ts';

/**
 * Writes a movement of a charge's money into the ledger.
 * @param moved `amountMinor`: other than all of the charge; `refund`: the one that this row is about.
 */
export function book(
  call: Call,
  kind: LedgerKind,
  intent: Pick<Stripe.PaymentIntent, 'id' | 'metadata'>,
  charge: Pick<Stripe.Charge, 'id' | 'amount' | 'currency'>,
  moved: { readonly amountMinor?: number; readonly refund?: string } = {},
): void {
  call.store.ledger.append({
    ts: call.nowMs,
    account: call.account,
    kind,
    charge: charge.id,
    pi: intent.id,
    amount: moved.amountMinor ?? charge.amount,
    currency: charge.currency,
    order_id: intent.metadata['order_id'] ?? null,
    idempotency_key: call.idempotencyKey ?? null,
    request_id: call.requestId,
    refund: moved.refund ?? null,
  });
}
