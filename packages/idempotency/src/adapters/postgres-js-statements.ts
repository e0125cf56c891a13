// How the library's own statements are sent over postgres.js, on a client or on the handle of a transaction.
import type { Query, Row, SendLast } from '../database.ts';
import { cancelledAfter } from './cancel.ts';

/** A query of postgres.js: lazy, sent when first awaited, by its own `handler`. */
interface PendingQuery extends PromiseLike<readonly Record<string, unknown>[]> {
  execute(): PendingQuery;
  cancel(): unknown;
  /** What `cancel` calls. */
  canceller?: ((query: PendingQuery) => unknown) | null;
}
export interface PostgresHandle {
  unsafe(text: string, parameters?: readonly unknown[], options?: { prepare?: boolean }): PendingQuery;
}

/** `begin` never reads the tag that COMMIT answers, so the last statement, sent with it, is awaited afterwards. */
export async function inTransaction<T>(
  begin: (closure: (tx: PostgresHandle) => Promise<T>) => Promise<T>,
  body: (tx: PostgresHandle, query: Query, sendLast: SendLast) => Promise<T>,
): Promise<T> {
  let last: PromiseLike<unknown> | undefined;
  const value = await begin((tx) =>
    body(tx, queryOn(tx), async (text, parameters) => {
      const query = tx.unsafe(text, parameters).execute();
      query.then(undefined, () => {}); // its failure is read below, or has become COMMIT's own
      last = query;
    }),
  );
  await last;
  return value;
}

export const queryOn =
  (handle: PostgresHandle): Query =>
  async (text, parameters = [], { cancelAfterMs } = {}) => {
    const query = handle.unsafe(text, parameters);
    const rows = cancelAfterMs === undefined ? query : cancelledAfter(query, () => cancel(query), cancelAfterMs);
    return (await rows) as readonly Row[];
  };

/**
 * `cancel` drops the promise of its canceller: nobody could wait for the cancel to arrive, and where it cannot (a server
 * that is being killed) the rejection that nobody handles would end the process.
 */
function cancel(query: PendingQuery): unknown {
  const { canceller } = query;
  if (typeof canceller !== 'function') return query.cancel();
  query.canceller = null;
  return canceller(query);
}
