import { schema } from '@once/db';
import { and, eq, gte, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { MoveKind, Period, ProviderMove } from '../payments/payments.ts';
import { recordIntent, recordRefund } from '../record.ts';
import type { Shop } from '../shop.ts';

// Once a day the books of the day before are compared with the provider's, in both directions. Every difference is kept
// in `ledger_difference`, also one that asking again puts right: somebody should know that it was there.
//
//   take the day ─▶ every page of charges and refunds: is it posted? ─▶ every posting: has the provider got it? ─▶ finished
//
// The lease is renewed page by page. A process that dies leaves the day to the next one, which begins it again: a
// difference is kept once, so comparing twice does no harm.

const { ledgerComparison, ledgerDifference, ledgerPosting, orders, payment } = schema;

const LEASE_MINUTES = 5;
const inLeaseMinutes = sql`statement_timestamp() + interval '${sql.raw(String(LEASE_MINUTES))} minutes'`;
const BATCH = 100;
const ASK_MS = 20_000;

type Kind = (typeof ledgerDifference.$inferInsert)['kind'];

interface Compared {
  readonly compared: number;
  readonly differences: number;
}

/**
 * Compares the next day that is over and was not compared yet: the one after the last, or yesterday if there was none. An
 * hour after midnight (UTC) everything of a day is settled.
 *
 * @returns 1 when it has compared a day, 0 when there is none to compare or another process is at it
 */
export async function compareNextDay(shop: Shop, { signal }: { readonly signal: AbortSignal }): Promise<number> {
  const day = await takeDay(shop);
  if (!day) return 0;
  const from = new Date(`${day}T00:00:00Z`);
  const period = { from, to: new Date(from.getTime() + 86_400_000) };
  const renew = async () => {
    await shop.db.update(ledgerComparison).set({ dueAt: inLeaseMinutes }).where(isOpen(day));
  };
  const compared = await compareLedger(shop, period, { signal, renew });
  await shop.db
    .update(ledgerComparison)
    .set({ ...compared, finishedAt: sql`statement_timestamp()` })
    .where(isOpen(day));
  return 1;
}

/** Compares everything that was made in a period, and keeps each difference. @param renew called between two pages */
export async function compareLedger(
  shop: Shop,
  period: Period,
  { signal, renew = async () => {} }: { readonly signal: AbortSignal; readonly renew?: () => Promise<void> },
): Promise<Compared> {
  let compared = 0;
  let differences = 0;
  for (const kind of ['charge', 'refund'] as const) {
    for await (const page of shop.payments.list(kind, period, { signal })) {
      for (const move of page) {
        if (!(await isOurs(shop, move))) continue;
        compared += 1;
        if (await isMissingHere(shop, kind, move, signal)) differences += 1;
      }
      await renew();
    }
  }
  for await (const page of postings(shop, period)) {
    for (const posting of page) if (await isMissingThere(shop, posting, signal)) differences += 1;
    await renew();
  }
  return { compared, differences };
}

async function takeDay({ db }: Shop): Promise<string | undefined> {
  const [next] = await db.execute<{ day: string; is_over: boolean }>(sql`
    select day::text, statement_timestamp() >= (day + 1 + time '01:00') at time zone 'UTC' as is_over
    from (select coalesce((select max(day) + 1 from ${ledgerComparison} where finished_at is not null),
      (statement_timestamp() at time zone 'UTC')::date - 1) as day) next`);
  if (!next?.is_over) return undefined;
  const [taken] = await db
    .insert(ledgerComparison)
    .values({ day: next.day, dueAt: inLeaseMinutes })
    .onConflictDoUpdate({
      target: ledgerComparison.day,
      set: { dueAt: inLeaseMinutes },
      setWhere: sql`${ledgerComparison.finishedAt} is null and ${ledgerComparison.dueAt} <= statement_timestamp()`,
    })
    .returning({ day: ledgerComparison.day });
  return taken?.day;
}

const isOpen = (day: string) => and(eq(ledgerComparison.day, day), isNull(ledgerComparison.finishedAt));

/** Charges of other programs with the same account are none of this ledger's business; a refund belongs to its charge. */
async function isOurs({ db }: Shop, { intentId, orderId }: ProviderMove): Promise<boolean> {
  if (orderId !== null) return true;
  const [known] = await db.select({ orderId: payment.orderId }).from(payment).where(eq(payment.intentId, intentId));
  return known !== undefined;
}

async function isMissingHere(shop: Shop, kind: MoveKind, move: ProviderMove, signal: AbortSignal): Promise<boolean> {
  const before = await postedMinor(shop, kind, move);
  if (before === move.amountMinor) return false;
  if (before !== undefined) {
    await keep(shop, 'amount_differs', move, before);
    return true;
  }
  // Perhaps it was only not heard of: asking again settles it as an event would have.
  const options = { signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]), actor: 'worker' as const };
  await (kind === 'charge' ? recordIntent(shop, move.intentId, options) : recordRefund(shop, move.id, options));
  await keep(shop, 'missing_here', move, null, (await postedMinor(shop, kind, move)) !== undefined);
  return true;
}

async function postedMinor({ db }: Shop, kind: MoveKind, { id, intentId }: ProviderMove): Promise<number | undefined> {
  // A charge whose intent did not name it was posted under the intent's id.
  const ids = kind === 'charge' ? [id, intentId] : [id];
  const [posted] = await db
    .select({ amountMinor: ledgerPosting.amountMinor })
    .from(ledgerPosting)
    .where(and(inArray(ledgerPosting.providerObjectId, ids), eq(ledgerPosting.kind, kind)));
  return posted?.amountMinor;
}

type Posting = typeof ledgerPosting.$inferSelect;

async function* postings({ db }: Shop, { from, to }: Period): AsyncGenerator<Posting[]> {
  for (let after: Posting | undefined; ; ) {
    const page: Posting[] = await db
      .select()
      .from(ledgerPosting)
      .where(
        and(
          gte(ledgerPosting.postedAt, from),
          lt(ledgerPosting.postedAt, to),
          inArray(ledgerPosting.kind, ['charge', 'refund']),
          after &&
            sql`(order_id, provider_object_id, kind) > (${after.orderId}, ${after.providerObjectId}, ${after.kind})`,
        ),
      )
      .orderBy(ledgerPosting.orderId, ledgerPosting.providerObjectId, ledgerPosting.kind)
      .limit(BATCH);
    yield page;
    after = page.at(-1);
    if (page.length < BATCH) return;
  }
}

async function isMissingThere(shop: Shop, posting: Posting, signal: AbortSignal): Promise<boolean> {
  const { providerObjectId: id, orderId, amountMinor, currency } = posting;
  const kind = posting.kind === 'charge' ? 'charge' : 'refund';
  const within = { signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]) };
  const isThere = id.startsWith('pi_')
    ? (await shop.payments.retrieve(id, within)).status === 'succeeded'
    : await shop.payments.has(kind, id, within);
  if (isThere) return false;
  const move = { id, intentId: id, orderId, currency };
  await keep(shop, 'missing_there', { ...move, amountMinor: null }, amountMinor);
  return true;
}

async function keep(
  { db }: Shop,
  kind: Kind,
  move: Omit<ProviderMove, 'amountMinor'> & { readonly amountMinor: number | null },
  oursMinor: number | null,
  isResolved = false,
): Promise<void> {
  const orderId = await orderOf(db, move);
  await db
    .insert(ledgerDifference)
    .values({
      ...{
        providerObjectId: move.id,
        kind,
        orderId,
        oursMinor,
        theirsMinor: move.amountMinor,
        currency: move.currency,
      },
      ...(isResolved && { resolvedAt: sql`statement_timestamp()` }),
    })
    .onConflictDoNothing();
}

/** Metadata is what it says: an id only where there is such an order. */
async function orderOf(db: Shop['db'], { orderId, intentId }: { orderId: string | null; intentId: string }) {
  const [paid] = await db.select({ orderId: payment.orderId }).from(payment).where(eq(payment.intentId, intentId));
  if (paid || orderId === null) return paid?.orderId ?? null;
  const [order] = await db.select({ id: orders.id }).from(orders).where(eq(orders.id, orderId));
  return order?.id ?? null;
}
