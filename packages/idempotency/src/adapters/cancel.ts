// Two ways to stop waiting for somebody else's lock.
import type { Query } from '../database.ts';
import { SqlStateError } from './sql-state-error.ts';

/**
 * From outside: costs nothing unless it is needed, and leaves the locks of the caller's own statements alone. Once the
 * cancel is on its way the statement counts as cancelled even if it was faster, and nothing else is sent before the
 * cancel has arrived: it must not hit the next statement of this connection.
 */
export async function cancelledAfter<T>(statement: PromiseLike<T>, cancel: () => unknown, afterMs: number): Promise<T> {
  let cancelling: Promise<unknown> | undefined;
  const timer = setTimeout(() => {
    cancelling = Promise.resolve(cancel()).catch(() => {});
  }, afterMs);
  try {
    const answer = await statement;
    if (cancelling === undefined) return answer;
    throw new SqlStateError('57014', 'cancelled while it waited for a lock');
  } finally {
    clearTimeout(timer);
    await cancelling;
  }
}

/**
 * From inside, where the connection cannot be known: two statements more. The caller's own lock_timeout is put back, by
 * the savepoint or the ROLLBACK after a failure.
 */
export const withLockTimeout =
  (query: (text: string, parameters: Parameters<Query>[1]) => ReturnType<Query>): Query =>
  async (text, parameters = [], { cancelAfterMs } = {}) => {
    if (cancelAfterMs === undefined) return await query(text, parameters);
    const [before] = await query(boundLocks, [`${Math.ceil(cancelAfterMs)}ms`]);
    const rows = await query(text, parameters);
    await query(setLockTimeout, [before?.['lock_timeout'] ?? '0']);
    return rows;
  };

const setLockTimeout = "select set_config('lock_timeout', $1::text, true)";
const boundLocks = `select lock_timeout, set_config('lock_timeout', $1::text, true)
  from (select current_setting('lock_timeout') as lock_timeout offset 0) as before`;
