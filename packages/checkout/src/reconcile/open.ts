import { schema } from '@once/db';
import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm';
import { recordFoundRefund, recordIntent, recordRefund } from '../record.ts';
import { inAskMinutes } from '../rows.ts';
import type { Shop } from '../shop.ts';

const { payment, refund } = schema;

const ASK_MS = 20_000;

interface AskOptions {
  readonly signal: AbortSignal;
  readonly limit?: number;
  /** Crash point of tests: `taken:ask`. */
  readonly at?: ((point: string) => void | Promise<void>) | undefined;
}

/**
 * Asks the provider about payments and refunds that have been open for a while, whatever was to tell us of them: a lost
 * event, a record that nobody tries any more. Candidates are found by a plain SELECT; each is taken by moving its next
 * time, so a process that dies here is followed by another one, a few minutes later.
 *
 * @returns how many this call asked about
 */
export async function askOpen(shop: Shop, options: AskOptions): Promise<number> {
  return (await askPayments(shop, options)) + (await askRefunds(shop, options));
}

async function askPayments(shop: Shop, { signal, limit = 20, at }: AskOptions): Promise<number> {
  const isDue = and(inArray(payment.state, ['new', 'requires_action', 'processing']), isPast(payment.askAt));
  const due = await shop.db
    .select({ orderId: payment.orderId })
    .from(payment)
    .where(isDue)
    .orderBy(asc(payment.askAt))
    .limit(limit);
  return await each(shop, due, signal, async ({ orderId }, within) => {
    const [taken] = await shop.db
      .update(payment)
      .set({ askAt: inAskMinutes })
      .where(and(eq(payment.orderId, orderId), isDue))
      .returning({ intentId: payment.intentId });
    if (!taken) return false;
    await at?.('taken:ask');
    if (taken.intentId) await recordIntent(shop, taken.intentId, { signal: within, actor: 'worker' });
    return true;
  });
}

async function askRefunds(shop: Shop, { signal, limit = 20, at }: AskOptions): Promise<number> {
  const isDue = and(eq(refund.state, 'pending'), isPast(refund.askAt));
  const due = await shop.db
    .select({ orderId: refund.orderId, id: refund.id })
    .from(refund)
    .where(isDue)
    .orderBy(asc(refund.askAt))
    .limit(limit);
  return await each(shop, due, signal, async ({ orderId, id }, within) => {
    const [taken] = await shop.db
      .update(refund)
      .set({ askAt: inAskMinutes })
      .where(and(eq(refund.orderId, orderId), eq(refund.id, id), isDue))
      .returning({ providerRefundId: refund.providerRefundId });
    if (!taken) return false;
    await at?.('taken:ask');
    if (taken.providerRefundId) await recordRefund(shop, taken.providerRefundId, { signal: within, actor: 'worker' });
    else await askForUnheard(shop, { orderId, refundId: id }, within);
    return true;
  });
}

/** Sent perhaps, and never heard of: it is among the refunds of its intent, or was never made. Nothing is sent here. */
async function askForUnheard(
  shop: Shop,
  { orderId, refundId }: { readonly orderId: string; readonly refundId: string },
  signal: AbortSignal,
): Promise<void> {
  const [money] = await shop.db
    .select({ intentId: payment.intentId })
    .from(payment)
    .where(eq(payment.orderId, orderId));
  const found = money?.intentId
    ? await shop.payments.findRefund({ intentId: money.intentId, refundId }, { signal })
    : null;
  if (found) await recordFoundRefund(shop, found, 'worker');
}

/** One after the other. What throws is asked about again when its time has come. @returns how many were taken */
async function each<T>(
  shop: Shop,
  due: readonly T[],
  signal: AbortSignal,
  ask: (one: T, within: AbortSignal) => Promise<boolean>,
): Promise<number> {
  let taken = 0;
  for (const one of due) {
    if (signal.aborted) break;
    try {
      if (await ask(one, AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]))) taken += 1;
    } catch (error) {
      taken += 1;
      shop.onError(error);
    }
  }
  return taken;
}

const isPast = (column: typeof payment.askAt | typeof refund.askAt) => lte(column, sql`statement_timestamp()`);
