import { type Db, schema } from '@once/db';
import { and, asc, eq, isNull, lte, sql } from 'drizzle-orm';
import { fullJitter } from './backoff.ts';
import { ForeignObjectError } from './payments/errors.ts';
import type { EventHint } from './payments/webhook.ts';
import { type Recorded, recordDispute, recordIntent, recordRefund } from './record.ts';
import type { Shop } from './shop.ts';

// An event is stored when it comes, and answered for only then. Whoever applies it retrieves what it is about:
//
//   take ─▶ retrieve ─▶ record ─▶ mark applied        each arrow may be the last thing this process does
//     └─ due_at moves past the lease; after it anybody takes it again, and recording twice moves nothing twice
//
// One that came before its order waits here, and is tried again; it is never answered for and forgotten.

const { providerEvent } = schema;

/** Longer than a retrieve and its commit. */
const LEASE_MS = 60_000;
const RETRIEVE_MS = 20_000;
const BACKOFF = { baseMs: 2_000, maxMs: 3_600_000 };
/** About half a day of tries. Then a person must look. */
export const MOST_TRIES = 24;

/** Keeps an event, once, however often it is sent. @returns whether it is new */
export async function keepEvent(db: Db, { id, kind, objectId }: EventHint): Promise<boolean> {
  const kept = await db
    .insert(providerEvent)
    .values({ id, kind, objectId })
    .onConflictDoNothing()
    .returning({ id: providerEvent.id });
  return kept.length > 0;
}

export interface InboxOptions {
  readonly signal: AbortSignal;
  /** At most so many. */
  readonly limit?: number;
  /** Crash points of tests: `taken:event`, `recorded:event`. */
  readonly at?: ((point: string) => void | Promise<void>) | undefined;
  /** An event that is not tried any more. */
  readonly onParked?: (event: { readonly id: string; readonly kind: string; readonly tries: number }) => void;
}

/** Applies events that are due. Any number of processes may do so at once. @returns how many this call took */
export async function applyEvents(shop: Shop, options: InboxOptions): Promise<number> {
  const due = await shop.db
    .select({ id: providerEvent.id })
    .from(providerEvent)
    .where(isDue)
    .orderBy(asc(providerEvent.dueAt))
    .limit(options.limit ?? 20);
  let taken = 0;
  for (const { id } of due) {
    if (options.signal.aborted) break;
    if (await applyEvent(shop, id, options)) taken += 1;
  }
  return taken;
}

/** Applies this event now, unless somebody else is at it or has done it. @returns whether this call took it */
export async function applyEvent(shop: Shop, eventId: string, options: InboxOptions): Promise<boolean> {
  const [event] = await shop.db
    .update(providerEvent)
    .set({ dueAt: dueIn(LEASE_MS), tries: sql`${providerEvent.tries} + 1` })
    .where(and(eq(providerEvent.id, eventId), isDue))
    .returning();
  if (!event) return false;
  await options.at?.('taken:event');
  try {
    const recorded = await record(shop, event, AbortSignal.any([options.signal, AbortSignal.timeout(RETRIEVE_MS)]));
    await options.at?.('recorded:event');
    if (recorded === 'no_order') await putOff(shop, event, 'there is no order of it yet', options);
    else await markApplied(shop.db, event.id);
  } catch (error) {
    if (error instanceof ForeignObjectError) await markApplied(shop.db, event.id);
    else await putOff(shop, event, error instanceof Error ? error.message : String(error), options);
  }
  return true;
}

type Event = typeof providerEvent.$inferSelect;

const isDue = and(
  isNull(providerEvent.appliedAt),
  isNull(providerEvent.parkedAt),
  lte(providerEvent.dueAt, sql`statement_timestamp()`),
);

const dueIn = (ms: number) => sql`statement_timestamp() + ${ms}::text::int * interval '1 millisecond'`;

async function record(shop: Shop, { kind, objectId }: Event, signal: AbortSignal): Promise<Recorded> {
  const options = { signal };
  if (kind.startsWith('payment_intent.')) return await recordIntent(shop, objectId, options);
  if (kind.startsWith('refund.') || kind === 'charge.refund.updated')
    return await recordRefund(shop, objectId, options);
  if (kind.startsWith('charge.dispute.')) return await recordDispute(shop, objectId, options);
  // Of anything else we have no books.
  return 'recorded';
}

async function markApplied(db: Db, eventId: string): Promise<void> {
  await db
    .update(providerEvent)
    .set({ appliedAt: sql`statement_timestamp()`, lastError: null })
    .where(and(eq(providerEvent.id, eventId), isNull(providerEvent.appliedAt)));
}

/** Later, again. `tries` names the holder: one whose lease ran out must not move the time of whoever is at it now. */
async function putOff(shop: Shop, { id, kind, tries }: Event, why: string, options: InboxOptions): Promise<void> {
  const isOver = tries >= MOST_TRIES;
  const rows = await shop.db
    .update(providerEvent)
    .set({
      ...{ dueAt: dueIn(fullJitter(tries, BACKOFF)), lastError: why.replace(/\s+/g, ' ').slice(0, 500) },
      ...(isOver && { parkedAt: sql`statement_timestamp()` }),
    })
    .where(and(eq(providerEvent.id, id), eq(providerEvent.tries, tries), isNull(providerEvent.appliedAt)))
    .returning({ id: providerEvent.id });
  if (isOver && rows.length > 0) options.onParked?.({ id, kind, tries });
}
