import type { Db } from '@once/db';
import { sql } from 'drizzle-orm';
import { OPERATION_BOUNDS, UNKNOWN_BOUNDS } from '../bounds.ts';
import { BUCKETS } from './counted.ts';
import { type Spread, spreadOf } from './quantile.ts';
import { STEPS, TELL_MS } from './stretch.ts';
import { clockOf } from './tell.ts';

/** What a page may show: an hour by the minute, a day by the hour, a month by the day (UTC). */
export const SPANS = {
  hour: { step: 'minute', slotMs: 60_000, slots: 60 },
  day: { step: 'hour', slotMs: 3_600_000, slots: 24 },
  month: { step: 'hour', slotMs: 86_400_000, slots: 30 },
} as const;
export type SpanName = keyof typeof SPANS;
type App = 'web' | 'worker';

/** Whether those who count it told all the time; of a time of which nobody told, nothing is known, not even a zero. */
export type Told = 'all' | 'part' | 'none';

export interface HistorySlot {
  readonly at: Date;
  readonly told: Readonly<Record<App, Told>>;
  /** Processes that started in it: what the one before them had not yet told is lost. */
  readonly started: number;
  readonly purchases: number;
  readonly rejected: number;
  readonly replays: number;
  readonly takeovers: number;
  readonly unknowns: number;
  /** Records whose outcome is no longer kept. */
  readonly expired: number;
  readonly expiryLagSeconds: number;
  /** Tries at a payment as shoppers waited for them, in web. */
  readonly pay: Spread | null;
  /** The provider's answers to a confirm. */
  readonly confirm: Spread | null;
  /** Until an unknown outcome was known. */
  readonly known: Spread | null;
}

export interface History {
  /** By the database's clock. */
  readonly readAt: Date;
  /** Oldest first, without a hole. */
  readonly slots: readonly HistorySlot[];
  /** Processes that told within the last half minute. */
  readonly telling: Readonly<Record<App, number>>;
}

export async function readHistory(db: Db, name: SpanName): Promise<History> {
  const { step, slotMs, slots: many } = SPANS[name];
  const nowMs = await clockOf(db);
  const lastMs = Math.floor(nowMs / slotMs) * slotMs;
  const firstMs = lastMs - (many - 1) * slotMs;
  const since = sql`step = ${step} and slot_at >= to_timestamp(${firstMs / 1_000})`;
  const counted = await readCounts(db, since, slotMs);
  const told = await readTold(db, since, { slotMs, stepMs: STEPS[step].stepMs });
  const slots = Array.from({ length: many }, (_, place) => firstMs + place * slotMs)
    // The slot that has just begun: nobody has told yet, and that is no silence.
    .filter((atMs) => atMs < lastMs || told.some((it) => it.atMs === atMs))
    .map((atMs) => slotOf({ atMs, endMs: atMs + slotMs, nowMs }, counted, told));
  return { readAt: new Date(nowMs), slots, telling: await readTelling(db) };
}

interface CountRow extends Record<string, unknown> {
  readonly atMs: number;
  readonly app: App;
  readonly name: string;
  readonly sum: number;
  readonly highest: number;
}

interface ToldRow extends Record<string, unknown> {
  readonly atMs: number;
  readonly app: App;
  readonly toldMs: number;
  readonly started: number;
}

type Condition = ReturnType<typeof sql>;

const slotOfInstant = (instant: Condition, slotMs: number) =>
  sql`(floor(extract(epoch from ${instant}) * 1000 / ${slotMs}::float8) * ${slotMs}::float8)::float8`;

const readCounts = async (db: Db, since: Condition, slotMs: number): Promise<readonly CountRow[]> =>
  await db.execute<CountRow>(sql`
    select ${slotOfInstant(sql`slot_at`, slotMs)} as "atMs", app, count.key as name,
      sum(count.value::float8)::float8 as sum, max(count.value::float8)::float8 as highest
    from figure, jsonb_each_text(counts) as count where ${since} group by 1, 2, 3`);

/** How much of each slot somebody told of; who told last, told until the next word would have come. */
const readTold = async (
  db: Db,
  since: Condition,
  { slotMs, stepMs }: { slotMs: number; stepMs: number },
): Promise<readonly ToldRow[]> =>
  await db.execute<ToldRow>(sql`
    with told as (
      select ${slotOfInstant(sql`slot_at`, slotMs)} as at_ms, app,
        count(distinct process) filter (where started_at >= slot_at)::int as started,
        range_agg(tstzrange(began_at, least(told_at + ${1.5 * TELL_MS}::float8 * interval '1 millisecond',
          slot_at + ${stepMs}::float8 * interval '1 millisecond'))) as times
      from figure where ${since} group by 1, 2)
    select at_ms as "atMs", app, started, (select coalesce(sum(extract(epoch from upper(time) - lower(time))), 0) * 1000
      from unnest(times) as time)::float8 as "toldMs" from told`);

async function readTelling(db: Db): Promise<History['telling']> {
  const rows = await db.execute<{ app: App; processes: number }>(sql`
    select app, count(distinct process)::int as processes from figure
    where step = 'minute' and slot_at > statement_timestamp() - interval '2 minutes'
      and told_at > statement_timestamp() - ${3 * TELL_MS}::float8 * interval '1 millisecond' group by 1`);
  const of = (app: App) => rows.find((row) => row.app === app)?.processes ?? 0;
  return { web: of('web'), worker: of('worker') };
}

interface Time {
  readonly atMs: number;
  readonly endMs: number;
  readonly nowMs: number;
}

function slotOf(time: Time, counted: readonly CountRow[], told: readonly ToldRow[]): HistorySlot {
  const rows = counted.filter(({ atMs }) => atMs === time.atMs);
  const tellers = told.filter(({ atMs }) => atMs === time.atMs);
  const sum = (name: string, app?: App) =>
    rows.reduce((all, row) => all + (row.name === name && (!app || row.app === app) ? row.sum : 0), 0);
  const spread = (prefix: string, bounds: readonly number[], app?: App) =>
    spreadOf(bounds, (bound) => sum(`${prefix}${bound === Infinity ? '+Inf' : bound}`, app));
  return {
    at: new Date(time.atMs),
    told: { web: toldBy('web', tellers, time), worker: toldBy('worker', tellers, time) },
    started: tellers.reduce((all, { started }) => all + started, 0),
    ...{ purchases: sum('purchases'), rejected: sum('rejected'), replays: sum('replays') },
    ...{ takeovers: sum('takeovers'), unknowns: sum('unknowns'), expired: sum('expired') },
    expiryLagSeconds: Math.max(0, ...rows.filter(({ name }) => name === 'expiryLagSeconds').map((row) => row.highest)),
    pay: spread(BUCKETS.pay, OPERATION_BOUNDS, 'web'),
    confirm: spread(BUCKETS.confirm, OPERATION_BOUNDS),
    known: spread(BUCKETS.known, UNKNOWN_BOUNDS),
  };
}

/** A process that is replaced is silent for a moment; nine tenths are all the same. */
const ENOUGH = 0.9;

function toldBy(app: App, tellers: readonly ToldRow[], { atMs, endMs, nowMs }: Time): Told {
  const teller = tellers.find((it) => it.app === app);
  if (!teller) return 'none';
  const pastMs = Math.min(endMs, nowMs - 1.5 * TELL_MS) - atMs;
  return teller.toldMs >= ENOUGH * pastMs ? 'all' : 'part';
}
