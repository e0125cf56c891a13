// Drizzle over postgres.js or node-postgres. The library's own statements go past Drizzle to the guarded client beneath.
import { type SQL, sql } from 'drizzle-orm';
import type { Database, Row } from '../database.ts';
import { IdempotencyError } from '../errors.ts';
import { beneath } from './beneath.ts';
import { withLockTimeout } from './cancel.ts';

interface Executes {
  execute(query: SQL): PromiseLike<unknown>;
}
interface DrizzleOver<Tx extends Executes> extends Executes {
  readonly $client: unknown;
  transaction<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
}

/**
 * @param db `drizzle(guarded(postgres(url)))` or `drizzle(guarded(new Pool({ … })))`.
 * @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID when its client is not guarded: every transaction of the db, not
 *   only ours, would be unsafe after a lost connection, and it is too late to change its client.
 */
export function drizzle<Tx extends Executes>(db: DrizzleOver<Tx>): Database<Tx> {
  const client = beneath(db.$client);
  if (client === undefined) {
    throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', 'make the db with drizzle(guarded(client))');
  }
  return {
    query: client.query,
    within: queryThrough,
    transaction: (body) => {
      let tx: Tx;
      return client.transaction(
        (closure) =>
          db.transaction((opened) => {
            tx = opened;
            return closure();
          }),
        (query, sendLast) => body(tx, query, sendLast),
      );
    },
  };
}

/** A transaction that the caller has opened: by Drizzle's public way, as the handle beneath it cannot be known. */
const queryThrough = (at: Executes) =>
  withLockTimeout(async (text, parameters = []) => {
    const parts = text
      .split(/\$(\d+)/)
      .map((part, i) => (i % 2 === 0 ? sql.raw(part) : sql`${parameters[Number(part) - 1]}`));
    const answer = await at.execute(sql.join(parts));
    return (Array.isArray(answer) ? answer : (answer as { rows: readonly Row[] }).rows) as readonly Row[];
  });
