import type { Db } from '@once/db';
import { sql } from 'drizzle-orm';
import { type Attention, countAttention } from './attention.ts';

/**
 * How the shop stands now, by the database alone: the same whichever process asks, and after every restart. Each question is
 * answered by a small index of what is open, however much is settled.
 */
export interface Figures {
  /** What waits for a person; `operations` are parked records. */
  readonly attention: Attention & { readonly operations: number };
  /** Records that are not settled. */
  readonly records: readonly {
    readonly operation: string;
    readonly state: 'in_flight' | 'waiting' | 'needs_review';
    readonly count: number;
  }[];
  /** How long the oldest record has been due, and nobody has taken it over. */
  readonly overdueSeconds: number;
  /** How long the oldest settled record is past its retention. */
  readonly expiryLagSeconds: number;
  /** Attempts and refunds of which something may have been sent, and nothing is known: how many, and since when. */
  readonly unknown: Waiting;
  /** Provider events that nobody has applied, without the parked ones. */
  readonly inbox: Waiting;
  /** Mails that are due and were not sent, without dead letters. */
  readonly outbox: Waiting;
  /** Connections to this database by what opened them. */
  readonly connections: readonly { readonly application: string; readonly count: number }[];
}

export interface Waiting {
  readonly count: number;
  /** 0: none waits. */
  readonly oldestSeconds: number;
}

export async function readFigures(db: Db): Promise<Figures> {
  const attention = await countAttention(db);
  const records = await db.execute<{ operation: string; state: 0 | 1 | 4; count: number }>(sql`
    select operation, state, count(*)::int as count from (${OPEN} union all
      select operation, state, null from idempotency.record where state = 4) as unsettled group by operation, state`);
  const [lag] = await db.execute<{ overdue: number; expiry: number }>(sql`
    select ${secondsSince(sql`(select min(due_at) from (${OPEN}) as open)`)} as overdue,
      ${secondsSince(sql`(select retained_until from idempotency.record where state in (2, 3)
        and retained_until <= statement_timestamp() order by retained_until limit 1)`)} as expiry`);
  const connections = await db.execute<{ application: string; count: number }>(sql`
    select application_name as application, count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name like 'once%' group by 1`);
  return {
    attention: {
      ...attention,
      operations: records.reduce((sum, { state, count }) => sum + (state === 4 ? count : 0), 0),
    },
    records: records.map(({ operation, state, count }) => ({ operation, state: STATES[state], count })),
    overdueSeconds: lag?.overdue ?? 0,
    expiryLagSeconds: lag?.expiry ?? 0,
    unknown: await waiting(db, UNKNOWN),
    inbox: await waiting(db, INBOX),
    outbox: await waiting(db, OUTBOX),
    connections: [...connections],
  };
}

const STATES = { 0: 'in_flight', 1: 'waiting', 4: 'needs_review' } as const;

// One after the other: each has a partial index, which a condition on both would not use.
const OPEN = sql`
  select operation, state, due_at from idempotency.record where state = 0
  union all select operation, state, due_at from idempotency.record where state = 1`;

const secondsSince = (instant: ReturnType<typeof sql>) =>
  sql`greatest(coalesce(extract(epoch from statement_timestamp() - ${instant}), 0), 0)::float8`;

async function waiting(db: Db, rows: ReturnType<typeof sql>): Promise<Waiting> {
  const [row] = await db.execute<{ count: number; oldest: number }>(
    sql`select count(*)::int as count, ${secondsSince(sql`min(since)`)} as oldest from (${rows}) as waiting`,
  );
  return { count: row?.count ?? 0, oldestSeconds: row?.oldest ?? 0 };
}

// Waiting for the shopper or for their bank is known: such a payment has left the state `new`.
const UNKNOWN = sql`
  select a.opened_at as since from payment p join payment_attempt a on a.order_id = p.order_id and a.attempt = p.open_attempt
  where p.ask_at is not null and p.state = 'new'
  union all
  select created_at from refund where ask_at is not null and state = 'pending' and provider_refund_id is null`;

const INBOX = sql`select received_at as since from provider_event where applied_at is null and parked_at is null`;

const OUTBOX = sql`
  select created_at as since from outbox
  where delivered_at is null and dead_at is null and (due_at <= statement_timestamp() or tries > 0)`;
