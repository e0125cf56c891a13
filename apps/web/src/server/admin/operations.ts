import { RECORD_STATES, type RecordState, type Shop } from '@once/checkout';
import type { Db } from '@once/db';
import { sql } from 'drizzle-orm';
import { instantKey, type Page, pageOf, ROWS, readInstantKey } from './page.ts';

export const OPEN_STATES = ['needs_review', 'in_flight', 'waiting'] as const satisfies RecordState[];
export type OpenState = (typeof OPEN_STATES)[number];

export interface ListedOperation {
  readonly recordId: string;
  readonly operation: string;
  readonly scope: string;
  /** The last phase that was committed. */
  readonly recoveryPoint: string | null;
  /** Since it has last come on, by the database's clock. */
  readonly sinceMs: number;
  /** Until somebody else may act: the end of its lease, or its next try. Below 0: it is due. Null: nobody will. */
  readonly dueInMs: number | null;
  readonly fence: number;
  readonly failedTries: number;
}

// By the index that the library has for each state.
const ORDERS: Readonly<Record<OpenState, 'advanced_at' | 'created_at' | 'due_at'>> = {
  needs_review: 'advanced_at',
  in_flight: 'created_at',
  waiting: 'due_at',
};

/** Those that have been in this state longest, or are due first, come first. */
export async function listOperations(db: Db, state: OpenState, after?: string): Promise<Page<ListedOperation>> {
  const column = sql.raw(ORDERS[state]);
  const key = readInstantKey(after);
  const from = key && isRecordId(key.id) ? key : undefined;
  const rows = await db.execute<Row>(sql`
    select id::text, operation, scope, recovery_point, fence, failed_tries,
      (extract(epoch from statement_timestamp() - advanced_at) * 1000)::float8 as since_ms,
      (extract(epoch from due_at - statement_timestamp()) * 1000)::float8 as due_in_ms,
      to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as key
    from idempotency.record
    where state = ${sql.raw(String(RECORD_STATES.indexOf(state)))}
      and ${from ? sql`(${column}, id) > (${from.at}::text::timestamptz, ${from.id}::text::uuid)` : sql`true`}
    order by ${column}, id limit ${ROWS + 1}::int`);
  const page = pageOf([...rows], ({ id, key }) => instantKey(key, id));
  return { ...page, rows: page.rows.map(listed) };
}

export async function countOperations(db: Db): Promise<Readonly<Record<OpenState, number>>> {
  const counts = await db.execute<{ state: number; n: number }>(sql`
    select state, count(*)::int as n from idempotency.record where state in (0, 1, 4) group by state`);
  const of = (state: OpenState) => counts.find((row) => RECORD_STATES[row.state] === state)?.n ?? 0;
  return { needs_review: of('needs_review'), in_flight: of('in_flight'), waiting: of('waiting') };
}

/** A record's id is part of a digest, so it is of no version of UUID. */
export const isRecordId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** A record as the library shows it; what it stores of the request and its answers stays out of the page. */
export async function readOperation({ db, once }: Shop, recordId: string) {
  const [named] = await db.execute<{ operation: string; scope: string; key: string }>(
    sql`select operation, scope, key from idempotency.record where id = ${recordId}::text::uuid`,
  );
  const found = named && (await once.find(named.operation, named));
  if (!found) return undefined;
  const { input: _input, progress: _progress, outcome: _outcome, ...view } = found;
  return view;
}

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly operation: string;
  readonly scope: string;
  readonly recovery_point: string | null;
  readonly fence: number;
  readonly failed_tries: number;
  readonly since_ms: number;
  readonly due_in_ms: number | null;
  readonly key: string;
}

const listed = (row: Row): ListedOperation => ({
  ...{ recordId: row.id, operation: row.operation, scope: row.scope, recoveryPoint: row.recovery_point },
  ...{ sinceMs: row.since_ms, dueInMs: row.due_in_ms },
  ...{ fence: row.fence, failedTries: row.failed_tries },
});
