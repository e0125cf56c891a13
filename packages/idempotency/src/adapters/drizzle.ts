// Drizzle over postgres.js. The library's own statements go to the handle beneath Drizzle's transaction, which the guard
// knows: they skip the query builder, and the last one can ride with COMMIT.
import { type SQL, sql } from 'drizzle-orm';
import type { Database, Query, Row } from '../database.ts';
import { IdempotencyError } from '../errors.ts';
import { currentHandle, isGuarded, type PostgresHandle } from './guard.ts';
import { inTransaction, queryOn } from './postgres-js.ts';

interface Executes {
  execute(query: SQL): PromiseLike<unknown>;
}
interface DrizzleOverPostgresJs<Tx extends Executes> extends Executes {
  readonly $client: unknown;
  transaction<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
}

/**
 * @param db `drizzle(guarded(postgres(url)))`.
 * @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID when its client is not guarded: every transaction of the db, not
 *   only ours, would be unsafe after a lost connection, and it is too late to change its client.
 */
export function drizzle<Tx extends Executes>(db: DrizzleOverPostgresJs<Tx>): Database<Tx> {
  if (!isGuarded(db.$client)) {
    throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', 'make the db with drizzle(guarded(postgres(url)))');
  }
  const client = db.$client as PostgresHandle;
  return {
    query: queryOn(client),
    within: queryThrough,
    transaction: (body) => {
      let tx: Tx;
      return inTransaction(
        (closure) =>
          db.transaction((opened) => {
            tx = opened;
            return closure(handleOf(client));
          }),
        (_handle, query, sendLast) => body(tx, query, sendLast),
      );
    },
  };
}

function handleOf(client: PostgresHandle): PostgresHandle {
  const handle = currentHandle(client);
  if (handle === undefined)
    throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', 'the db does not use its own client');
  return handle;
}

/** A transaction that the caller has opened: by Drizzle's public way, as the handle beneath it cannot be known. */
const queryThrough = (at: Executes): Query => {
  const query: Query = async (text, parameters = []) => {
    const parts = text
      .split(/\$(\d+)/)
      .map((part, i) => (i % 2 === 0 ? sql.raw(part) : sql`${parameters[Number(part) - 1]}`));
    return (await at.execute(sql.join(parts))) as readonly Row[];
  };
  return async (text, parameters, { cancelAfterMs } = {}) => {
    if (cancelAfterMs === undefined) return await query(text, parameters);
    // Drizzle's queries cannot be cancelled. The caller's own lock_timeout is put back, by the savepoint after a failure.
    const [before] = await query(boundLocks, [`${Math.ceil(cancelAfterMs)}ms`]);
    const rows = await query(text, parameters);
    await query(setLockTimeout, [before?.['lock_timeout'] ?? '0']);
    return rows;
  };
};

const setLockTimeout = "select set_config('lock_timeout', $1::text, true)";
const boundLocks = `select lock_timeout, set_config('lock_timeout', $1::text, true)
  from (select current_setting('lock_timeout') as lock_timeout offset 0) as before`;
