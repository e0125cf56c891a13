// With a synchronous standby COMMIT waits until that has it too. Whoever cancels the wait (pg_cancel_backend, a cancel that
// comes late) makes COMMIT succeed all the same, with a warning beside it: what it wrote is lost when the standby takes over.
// Drivers hand warnings to a listener of their own, apart from the answer. So that answer is not believed.
import type { Query } from '../database.ts';
import { SqlStateError } from './sql-state-error.ts';

let cancelledWaits = 0;

/**
 * Listens to what the server says beside its answers: `postgres(url, { onnotice })`, and the same inside a listener of
 * your own. Without it, a COMMIT that no standby has is taken for one that will last. node-postgres needs no word of it.
 */
export function onnotice(notice: { readonly routine?: unknown }): void {
  // Not by its words, which the server may say in any language; it has no SQLSTATE of its own.
  if (notice.routine === 'SyncRepWaitForLSN') cancelledWaits++;
}

/** Taken before a COMMIT is sent, for `refuseCancelled` after it. */
export const waitsSoFar = (): number => cancelledWaits;

/**
 * A warning does not say whose it is, so whoever commits at the same time is refused too: they find out, no more.
 * @throws {SqlStateError} 08007: the transaction may last or not.
 */
export function refuseCancelled(before: number): void {
  if (cancelledWaits === before) return;
  throw new SqlStateError('08007', 'COMMIT did not wait for the standby: the wait was cancelled');
}

/** A statement outside a transaction is its own COMMIT. */
export const committing =
  (query: Query): Query =>
  async (...parts) => {
    const before = waitsSoFar();
    const rows = await query(...parts);
    refuseCancelled(before);
    return rows;
  };
