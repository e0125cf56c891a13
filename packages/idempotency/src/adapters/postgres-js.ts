// postgres.js: BEGIN | claim | work | last statement + COMMIT.
import type { Database, Parameter, Query, Row } from '../database.ts';
import { guarded, type PendingQuery, type PostgresClient, type PostgresHandle } from './guard.ts';

export { guarded } from './guard.ts';

/** `infer` reads the last overload of `begin`, the one with options. */
type HandleOf<C> = C extends { begin(options: string, body: (tx: infer Tx) => unknown): unknown } ? Tx : never;

/** @param client a postgres.js client; it is guarded if it is not yet (see `guarded`). A pool of one is enough. */
export function postgresJs<C extends PostgresClient>(client: C): Database<HandleOf<C>> {
  const safe = guarded(client) as unknown as PostgresHandle & {
    begin<T>(body: (tx: PostgresHandle) => Promise<T>): Promise<T>;
  };
  return {
    query: queryOn(safe),
    within: (tx) => queryOn(tx as PostgresHandle),
    transaction: (body) =>
      inTransaction(
        (closure) => safe.begin(closure),
        (tx, ...rest) => body(tx as HandleOf<C>, ...rest),
      ),
  };
}

type Body<T> = (
  tx: PostgresHandle,
  query: Query,
  sendLast: (text: string, p: readonly Parameter[]) => Promise<void>,
) => Promise<T>;

/** `begin` never reads the tag that COMMIT answers, so the last statement, sent with it, is awaited afterwards. */
export async function inTransaction<T>(
  begin: (closure: (tx: PostgresHandle) => Promise<T>) => Promise<T>,
  body: Body<T>,
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
    return (await (cancelAfterMs === undefined ? query : cancelledAfter(query, cancelAfterMs))) as readonly Row[];
  };

/**
 * Stops waiting for a lock without a `lock_timeout`, which would cost a statement and bind the caller's own statements.
 * Once the cancel is on its way the statement counts as cancelled even if it was faster, and nothing else is sent before
 * the cancel has arrived: it must not hit the next statement of this connection.
 */
async function cancelledAfter(query: PendingQuery, afterMs: number): Promise<unknown> {
  let cancelling: Promise<unknown> | undefined;
  const timer = setTimeout(() => {
    cancelling = Promise.resolve(query.cancel()).catch(() => {});
  }, afterMs);
  try {
    const rows = await query;
    if (cancelling === undefined) return rows;
    throw Object.assign(new Error('cancelled while it waited for a lock'), { code: '57014' });
  } finally {
    clearTimeout(timer);
    await cancelling;
  }
}
