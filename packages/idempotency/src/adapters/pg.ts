// node-postgres: BEGIN + claim | work | last statement + COMMIT, no round trip more than the same work without a key.
import type { Database } from '../database.ts';
import { beneath, transactionOnPool } from './beneath.ts';
import { guarded, type PgBeneath, type PgPool } from './pg-guard.ts';
import { type PgClient, queryOn } from './pg-statements.ts';

export { guarded } from './pg-guard.ts';

/** Both overloads are named, or `infer` sees only the one with a callback. */
type ClientOf<P> = P extends { connect(): Promise<infer C>; connect(callback: never): void } ? C : never;

/** @param pool of node-postgres; it is guarded if it is not yet (see `guarded`). A pool of one is enough. */
export function nodePostgres<P extends PgPool>(pool: P): Database<ClientOf<P>> {
  const safe = guarded(pool) as unknown as { connect(): Promise<PgClient> };
  const { prepare, query } = beneath(safe) as PgBeneath;
  return {
    query,
    within: (client) => queryOn(client as PgClient, prepare),
    transaction: (body, { startsWithQuery = false } = {}) => {
      let client: PgClient;
      return transactionOnPool(
        async (closure) => {
          client = await safe.connect();
          let broken = false;
          try {
            if (!startsWithQuery) await client.query('begin');
            const value = await closure();
            await client.query('commit');
            return value;
          } catch (error) {
            await Promise.resolve(client.query('rollback')).catch(() => {
              broken = true;
            });
            throw error;
          } finally {
            client.release(broken);
          }
        },
        (...rest) => body(client as ClientOf<P>, ...rest),
        startsWithQuery ? 'begin' : undefined,
      );
    },
  };
}
