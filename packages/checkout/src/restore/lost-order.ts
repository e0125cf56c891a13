import { schema } from '@once/db';
import { and, eq } from 'drizzle-orm';
import { appendAudit } from '../audit.ts';
import { takeForCharge } from '../copies.ts';
import type { Intent, MadeIntent, ProviderMove } from '../payments/payments.ts';
import type { Shop } from '../shop.ts';
import { transact } from '../transact.ts';

const { audit } = schema;

const CANCEL_MS = 20_000;

/**
 * An intent whose order we have lost with its checkout: there is nobody to make the order for. One that has not charged yet
 * is cancelled, since nobody would hear of it. Where there is money, or there may come some, its copies are kept off sale
 * under the order's id; the comparison of the ledgers keeps the difference, and a person decides.
 */
export async function keepLost(
  shop: Shop,
  { intent: made, copies }: MadeIntent,
  { refunds, signal }: { readonly refunds: readonly ProviderMove[]; readonly signal: AbortSignal },
): Promise<void> {
  const intent = await withoutWaiting(shop, made, signal);
  if (intent.status !== 'succeeded' && intent.status !== 'processing') return;
  const refundedMinor = refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  await transact(shop.db, async (tx) => {
    const isKept = refundedMinor < intent.amountMinor;
    const taken = isKept ? await takeForCharge(tx, intent.orderId, copies, 'sold') : 0;
    const isLost = and(eq(audit.subjectId, intent.orderId), eq(audit.action, 'order.lost'));
    if ((await tx.$count(audit, isLost)) > 0) return;
    await appendAudit(tx, {
      ...{ orderId: intent.orderId, actor: 'worker', action: 'order.lost' },
      detail: { intentId: intent.id, amountMinor: intent.amountMinor, refundedMinor, copies: taken },
    });
  });
}

/** Somebody may still be at their bank with it. After any answer the intent says how it stands. */
async function withoutWaiting(shop: Shop, intent: Intent, signal: AbortSignal): Promise<Intent> {
  if (intent.status !== 'requires_confirmation' && intent.status !== 'requires_action') return intent;
  return await shop.payments.cancel(intent.id, { signal: AbortSignal.any([signal, AbortSignal.timeout(CANCEL_MS)]) });
}
