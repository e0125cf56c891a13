// The clock is the database's, so a test does not wait: it moves the row.
import type { Database } from '../database.ts';

/**
 * Lets the leases and the waits of a scope end now.
 * @returns how many records are due.
 */
export async function makeDue<Tx>(database: Database<Tx>, scope: string): Promise<number> {
  const rows = await database.query(
    `update idempotency.record set due_at = statement_timestamp() - interval '1 second'
    where scope = $1::text and state in (0, 1) returning id::text`,
    [scope],
  );
  return rows.length;
}

/** Moves the last recovery point of a scope's records into the past, for `resendWithinMs`. */
export async function ageBy<Tx>(database: Database<Tx>, scope: string, ms: number): Promise<void> {
  await database.query(
    `update idempotency.record set advanced_at = advanced_at - $2::text::interval where scope = $1::text`,
    [scope, `${ms} milliseconds`],
  );
}
