// Prisma over node-postgres, by shape. The library's own statements go past Prisma to the guarded pool beneath.
import type { Database, Query, Row } from '../database.ts';
import { transactionOnPool } from './beneath.ts';
import { withLockTimeout } from './cancel.ts';

interface Executes {
  $queryRawUnsafe<T>(text: string, ...parameters: unknown[]): PromiseLike<T>;
}
interface PrismaDb<Tx extends Executes> extends Executes {
  $transaction<T>(body: (tx: Tx) => Promise<T>, options: PrismaOptions): Promise<T>;
}
/** Prisma's own limits of a transaction, in milliseconds. */
export interface PrismaOptions {
  /** How long it may take before Prisma rolls it back. Default 15 000. */
  readonly timeout?: number;
  /** How long it may wait for a connection. Default 5 000. */
  readonly maxWait?: number;
}

/**
 * @param db `new PrismaClient({ adapter: new PrismaPg(guarded(new Pool({ … }))) })`. Its pool cannot be seen from outside:
 *   one that is not guarded is refused by the first transaction, with IDEMPOTENCY_OPTION_INVALID.
 */
export function prisma<Tx extends Executes>(
  db: PrismaDb<Tx>,
  { timeout = 15_000, maxWait = 5_000 }: PrismaOptions = {},
): Database<Tx> {
  return {
    query: queryThrough(db),
    within: queryThrough,
    transaction: (body) => {
      let tx: Tx;
      const open = (closure: () => ReturnType<typeof body>) =>
        db.$transaction(
          (opened) => {
            tx = opened;
            return closure();
          },
          { timeout, maxWait },
        );
      return transactionOnPool(open, (...rest) => body(tx, ...rest)).catch(rethrow);
    },
  };
}

const queryThrough = (at: Executes): Query =>
  withLockTimeout((text, parameters = []) =>
    Promise.resolve(at.$queryRawUnsafe<readonly Row[]>(text, ...parameters)).catch(rethrow),
  );

interface PrismaError {
  readonly code?: unknown;
  readonly meta?: { readonly driverAdapterError?: DriverAdapterError };
  cause?: unknown;
}
interface DriverAdapterError {
  readonly cause?: { readonly originalCode?: unknown };
}

/** Where Prisma keeps no SQLSTATE: a conflict or a deadlock; the server is not reached, does not answer, or hangs up. */
const sqlStates: Readonly<Record<string, string>> = {
  P2034: '40001',
  P1001: '08001',
  P1002: '08001',
  P1008: '08006',
  P1017: '08006',
};

/** The same error. Prisma's own codes hide the SQLSTATE, which the engine looks for in the cause. */
function rethrow(error: unknown): never {
  const known = error as PrismaError;
  // What COMMIT has refused comes as the adapter's error itself.
  const hidden = (known.meta?.driverAdapterError ?? (error as DriverAdapterError)).cause;
  const code = hidden?.originalCode ?? sqlStates[String(known.code)];
  if (code !== undefined) known.cause = { ...hidden, code };
  throw error;
}
