// Kysely over node-postgres. The library's own statements go past Kysely, and its plugins, to the guarded pool beneath.
import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import type { Database, Query, Row } from '../database.ts';
import { transactionOnPool } from './beneath.ts';
import { withLockTimeout } from './cancel.ts';

/**
 * @param db `new Kysely({ dialect: new PostgresDialect({ pool: guarded(new Pool({ … })) }) })`. Its pool cannot be seen from
 *   outside: one that is not guarded is refused by the first transaction, with IDEMPOTENCY_OPTION_INVALID. Each use of a connection is a new one to Kysely: prepare
 *   sessions in the pool's own `onConnect`, not in Kysely's `onCreateConnection`.
 */
export function kysely<DB>(db: Kysely<DB>): Database<Transaction<DB>> {
  return {
    query: queryThrough(db),
    within: queryThrough,
    transaction: (body) => {
      let tx: Transaction<DB>;
      return transactionOnPool(
        (closure) =>
          db.transaction().execute((opened) => {
            tx = opened;
            return closure();
          }),
        (...rest) => body(tx, ...rest),
      );
    },
  };
}

/** Without plugins: one that renames columns would rename those of the record too. */
const queryThrough = <DB>(at: Kysely<DB>): Query => {
  const plain = at.withoutPlugins();
  return withLockTimeout(
    async (text, parameters = []) => (await plain.executeQuery<Row>(CompiledQuery.raw(text, [...parameters]))).rows,
  );
};
