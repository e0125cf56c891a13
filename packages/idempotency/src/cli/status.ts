// What a person on call wants to know first, however many settled rows there are: answered by an index, or bounded.
import type { Query, Row } from '../database.ts';
import { states } from '../statements.ts';

export interface Status {
  /** Of those that are not settled: how many of each operation and version. */
  readonly open: readonly {
    readonly operation: string;
    readonly version: number;
    readonly state: string;
    readonly records: number;
    /** How long the oldest has been due: nobody takes it over. Null when none is. */
    readonly overdueMs: number | null;
  }[];
  /** The longest there first, at most 20. */
  readonly needsReview: readonly {
    readonly operation: string;
    readonly scope: string;
    readonly key: string;
    readonly recoveryPoint: string | null;
    readonly sinceMs: number;
  }[];
  /** Settled records past their retention; at most 100 000 are counted. */
  readonly expirable: number;
  /** All records: counted where they are few, else as Postgres estimates them, which knows nothing before an ANALYZE. */
  readonly aboutRecords: number;
}

/** So much of the table is read in a moment: some tens of thousands of records. */
const COUNTED_BYTES = 16 * 1024 * 1024;

export async function readStatus(query: Query): Promise<Status> {
  const groups: Row[] = [];
  for (const sql of [countOf(0), countOf(1), countOf(4)]) groups.push(...(await query(sql)));
  const review = await query(`
    select operation, scope, key, recovery_point, ${milliseconds('advanced_at')} as since_ms
    from idempotency.record where state = 4 order by advanced_at limit 20`);
  const [expirable] = await query(`
    select count(*)::text as n from (select 1 from idempotency.record
      where state in (2, 3) and retained_until <= statement_timestamp() limit 100000) as past`);
  const [about] = await query(`
    select (case when pg_relation_size(oid) <= ${COUNTED_BYTES} then (select count(*) from idempotency.record)
      else greatest(reltuples, 0)::bigint end)::text as n from pg_class where oid = 'idempotency.record'::regclass`);
  return {
    open: groups.map((row) => ({
      operation: row['operation'] ?? '',
      version: Number(row['version']),
      state: states[Number(row['state'])] ?? '',
      records: Number(row['records']),
      overdueMs: row['overdue_ms'] == null ? null : Number(row['overdue_ms']),
    })),
    needsReview: review.map((row) => ({
      operation: row['operation'] ?? '',
      scope: row['scope'] ?? '',
      key: row['key'] ?? '',
      recoveryPoint: row['recovery_point'] ?? null,
      sinceMs: Number(row['since_ms']),
    })),
    expirable: Number(expirable?.['n']),
    aboutRecords: Number(about?.['n']),
  };
}

const milliseconds = (timestamp: string) =>
  `(extract(epoch from statement_timestamp() - ${timestamp}) * 1000)::bigint::text`;

const countOf = (state: number) => `
  select operation, version::text, '${state}' as state, count(*)::text as records,
    ${milliseconds('min(due_at) filter (where due_at <= statement_timestamp())')} as overdue_ms
  from idempotency.record where state = ${state} group by operation, version order by operation, version`;
