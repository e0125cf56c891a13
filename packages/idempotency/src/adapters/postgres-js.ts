// postgres.js: BEGIN | claim | work | last statement + COMMIT.
import type { Database } from '../database.ts';
import { guarded, type PostgresClient } from './postgres-js-guard.ts';
import { inTransaction, type PostgresHandle, queryOn } from './postgres-js-statements.ts';
import { committing } from './standby-wait.ts';

export { guarded } from './postgres-js-guard.ts';
export { onnotice } from './standby-wait.ts';

/** `infer` reads the last overload of `begin`, the one with options. */
type HandleOf<C> = C extends { begin(options: string, body: (tx: infer Tx) => unknown): unknown } ? Tx : never;

/** @param client a postgres.js client; it is guarded if it is not yet (see `guarded`). A pool of one is enough. */
export function postgresJs<C extends PostgresClient>(client: C): Database<HandleOf<C>> {
  const safe = guarded(client) as unknown as PostgresHandle & {
    begin<T>(body: (tx: PostgresHandle) => Promise<T>): Promise<T>;
  };
  return {
    query: committing(queryOn(safe)),
    within: (tx) => queryOn(tx as PostgresHandle),
    transaction: (body) =>
      inTransaction(
        (closure) => safe.begin(closure),
        (tx, ...rest) => body(tx as HandleOf<C>, ...rest),
      ),
  };
}
