import { schema } from '@once/db';
import { and, eq, inArray, isNotNull } from 'drizzle-orm';
import type { MadeIntent, ProviderMove } from '../payments/payments.ts';
import { compareLedger } from '../reconcile/compare.ts';
import { recordIntent, recordRefund } from '../record.ts';
import type { Shop } from '../shop.ts';
import { transact } from '../transact.ts';
import { keepLost } from './lost-order.ts';
import { rememberOrder } from './remembered-order.ts';
import { begin, finish, type Restore } from './restored.ts';

// After a restore the provider knows more than we do: purchases of the time that was lost. Before anything is sold again,
// all that it has is taken into the books, in the order in which it happened:
//
//   refunds of orders that we know ─▶ intents, oldest first: is its order known, or its checkout? ─▶ those of neither
//     ─▶ payments that are open here ─▶ both ledgers, in both directions ─▶ new numbers for all keys, and the shop opens
//
// A process that dies leaves it to the next one, which begins again: everything here may be done twice.

const { payment } = schema;

const DAY_MS = 86_400_000;
const ASK_MS = 20_000;

export interface RestoreCompared {
  /** Orders that were not known, or not as paid, and were put right; those of which no checkout was left; other differences. */
  readonly settled: number;
  readonly lost: number;
  readonly differences: number;
}

/**
 * Takes what the provider has since the restore into the books, and opens the shop.
 *
 * @throws what a question to the provider or the database throws: the shop stays closed, and it has to be called again
 */
export async function compareRestored(
  shop: Shop,
  restore: Restore,
  { signal }: { readonly signal: AbortSignal },
): Promise<RestoreCompared> {
  const since = await begin(shop.db, restore);
  const period = { from: since, to: new Date(Date.now() + DAY_MS) };
  const refunds = await refundsIn(shop, period, signal);
  // First, so that a copy which was given back and bought again is free for whoever has it now.
  for (const { id } of [...refunds.values()].flat()) await recordRefund(shop, id, asking(signal));
  const lost: MadeIntent[] = [];
  let settled = 0;
  for (const made of await intentsSince(shop, since, signal)) {
    const known = await transact(shop.db, (tx) => rememberOrder(tx, made));
    if (!known) lost.push(made);
    else settled += await settleAgain(shop, made, { refunds, signal });
  }
  for (const made of lost) await keepLost(shop, made, { refunds: refunds.get(made.intent.id) ?? [], signal });
  await askAllOpen(shop, signal);
  const { differences } = await compareLedger(shop, period, { signal });
  const found = { settled, lost: lost.length, differences };
  await transact(shop.db, (tx) => finish(tx, restore, found));
  return found;
}

/** By the intent that they belong to, oldest first. */
async function refundsIn(
  { payments }: Shop,
  period: { readonly from: Date; readonly to: Date },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ProviderMove[]>> {
  const all: ProviderMove[] = [];
  for await (const page of payments.list('refund', period, { signal })) all.push(...page);
  return Map.groupBy(all.reverse(), ({ intentId }) => intentId);
}

/** Oldest first: what was bought earlier may have been given back before it was bought again. */
async function intentsSince({ payments }: Shop, since: Date, signal: AbortSignal): Promise<MadeIntent[]> {
  const all: MadeIntent[] = [];
  for await (const page of payments.listIntents(since, { signal })) all.push(...page);
  return all.reverse();
}

/** @returns 1 where money was taken into the books */
async function settleAgain(
  shop: Shop,
  { intent }: MadeIntent,
  { refunds, signal }: { readonly refunds: ReadonlyMap<string, ProviderMove[]>; readonly signal: AbortSignal },
): Promise<number> {
  const before = await isPaid(shop, intent.orderId);
  await recordIntent(shop, intent.id, asking(signal));
  for (const { id } of refunds.get(intent.id) ?? []) await recordRefund(shop, id, asking(signal));
  return !before && (await isPaid(shop, intent.orderId)) ? 1 : 0;
}

async function isPaid({ db }: Shop, orderId: string): Promise<boolean> {
  return (await db.$count(payment, and(eq(payment.orderId, orderId), eq(payment.state, 'succeeded')))) > 0;
}

/** Also those whose intent is older than what was lost. */
async function askAllOpen(shop: Shop, signal: AbortSignal): Promise<void> {
  const isOpen = inArray(payment.state, ['new', 'requires_action', 'processing']);
  const open = await shop.db
    .select({ intentId: payment.intentId })
    .from(payment)
    .where(and(isOpen, isNotNull(payment.intentId)));
  for (const { intentId } of open) if (intentId) await recordIntent(shop, intentId, asking(signal));
}

const asking = (signal: AbortSignal) => ({
  signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]),
  actor: 'worker' as const,
});
