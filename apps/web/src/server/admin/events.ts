import { type Db, schema } from '@once/db';
import { and, asc, desc, isNotNull, isNull, sql } from 'drizzle-orm';
import { instantKey, type Page, pageOf, ROWS, readInstantKey } from './page.ts';

const { providerEvent } = schema;

export const EVENT_FILTERS = ['parked', 'waiting', 'all'] as const;
export type EventFilter = (typeof EVENT_FILTERS)[number];
export type ListedEvent = typeof providerEvent.$inferSelect;

const WHICH = {
  parked: {
    isOne: and(isNotNull(providerEvent.parkedAt), isNull(providerEvent.appliedAt)),
    by: providerEvent.parkedAt,
    isNewestFirst: true,
  },
  waiting: {
    isOne: and(isNull(providerEvent.parkedAt), isNull(providerEvent.appliedAt)),
    by: providerEvent.dueAt,
    isNewestFirst: false,
  },
  all: { isOne: undefined, by: providerEvent.receivedAt, isNewestFirst: true },
} as const;

/** Parked and all: newest first; waiting: next due first. */
export async function listEvents(db: Db, filter: EventFilter, after?: string): Promise<Page<ListedEvent>> {
  const { isOne, by, isNewestFirst } = WHICH[filter];
  const from = readInstantKey(after);
  const key = from && sql`(${from.at}::text::timestamptz, ${from.id})`;
  const order = isNewestFirst ? desc : asc;
  const rows = await db
    .select()
    .from(providerEvent)
    .where(and(isOne, key && sql`(${by}, ${providerEvent.id}) ${isNewestFirst ? sql`<` : sql`>`} ${key}`))
    .orderBy(order(by), order(providerEvent.id))
    .limit(ROWS + 1);
  const keyAt = { parked: 'parkedAt', waiting: 'dueAt', all: 'receivedAt' } as const;
  return pageOf(rows, (row) => instantKey((row[keyAt[filter]] ?? row.receivedAt).toISOString(), row.id));
}

export async function countEvents(db: Db): Promise<{ readonly parked: number; readonly waiting: number }> {
  return {
    parked: await db.$count(providerEvent, WHICH.parked.isOne),
    waiting: await db.$count(providerEvent, WHICH.waiting.isOne),
  };
}
