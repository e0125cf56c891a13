// What the library asks of a driver. Everything crosses as text or null, both ways, so that no driver's own idea of
// dates, bigints or bytea matters; the statements cast (`$1::text::timestamptz`, `state::text`).

import { IdempotencyError } from './errors.ts';

export type Parameter = string | null;
export type Row = Readonly<Record<string, string | null>>;

/**
 * Sends one statement and resolves with its rows.
 * @param options.cancelAfterMs cancels the statement after that many milliseconds; it then rejects with SQLSTATE 57014.
 */
export type Query = (
  text: string,
  parameters?: readonly Parameter[],
  options?: { readonly cancelAfterMs?: number },
) => Promise<readonly Row[]>;

/**
 * Sends the last statement of a transaction. A driver that can pipeline sends it together with COMMIT, resolves at once
 * and lets `transaction` reject when the statement failed; any other driver waits for it here.
 */
export type SendLast = (text: string, parameters: readonly Parameter[]) => Promise<void>;

export interface Database<Tx> {
  /** One statement outside any transaction. */
  readonly query: Query;
  /**
   * Runs `body` in one READ COMMITTED transaction and commits it when `body` resolves, else rolls back and rejects with
   * what `body` threw. After a lost connection it rejects, and nothing that `body` still sends reaches the server.
   * @param options.startsWithQuery the first thing that `body` does is to call `query`: a driver that can pipeline sends
   *   BEGIN with that statement.
   */
  transaction<T>(
    body: (tx: Tx, query: Query, sendLast: SendLast) => Promise<T>,
    options?: { readonly startsWithQuery?: boolean },
  ): Promise<T>;
  /** Statements inside a transaction that the caller has opened. */
  within(tx: Tx): Query;
}

/** The transaction handle that a `Database` gives to its bodies. */
export type TransactionOf<D> = D extends Database<infer Tx> ? Tx : never;

/**
 * Drivers and ORMs have methods of the same names, so a client in an adapter's place would fail far from the mistake.
 * @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID.
 */
export function checkDatabase<Tx>(database: Database<Tx>): Database<Tx> {
  const given = database as unknown as Readonly<Record<string, unknown>> | undefined;
  if (['query', 'transaction', 'within'].every((part) => typeof given?.[part] === 'function')) return database;
  throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', 'database is an adapter around a client: postgresJs(sql)');
}

/** The SQLSTATE or driver code of an error, also when an ORM has wrapped it. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return codeOf(cause) ?? (typeof code === 'string' ? code : undefined);
}

/** The server has certainly undone the transaction, and running it again may succeed. */
export const wasUndone = (error: unknown): boolean => /^(40001|40P01)$/.test(codeOf(error) ?? '');

/** The connection is gone, or the server is unable to answer or out of room: whether a COMMIT took effect is unknown. */
export const isLost = (error: unknown): boolean =>
  /^(CONNECT|ECONN|ENOTFOUND|EPIPE|ETIMEDOUT|EHOSTUNREACH|08|57P|53|58030$|25006$)/.test(codeOf(error) ?? '');

/** A statement stopped waiting for somebody else's lock: cancelled by us (57014) or by `lock_timeout` (55P03). */
export const stoppedWaiting = (error: unknown): boolean => /^(57014|55P03)$/.test(codeOf(error) ?? '');

/** Our own table is not there. A table of the caller's that is missing is the caller's error. */
export const isUnmigrated = (error: unknown): boolean =>
  codeOf(error) === '42P01' && error instanceof Error && error.message.includes('idempotency.record');
