// Prisma, by shape: a client of PostgreSQL with a driver adapter (@prisma/adapter-pg). Each statement is a round trip.
import { codeOf, type Database, type Query, type Row } from '../database.ts';
import { withLockTimeout } from './cancel.ts';

interface Executes {
  $queryRawUnsafe<T>(text: string, ...parameters: unknown[]): PromiseLike<T>;
}
interface PrismaDb<Tx extends Executes> extends Executes {
  $transaction<T>(body: (tx: Tx) => Promise<T>, options: PrismaOptions): Promise<T>;
}
export interface PrismaOptions {
  /** The longest that a transaction may take before Prisma rolls it back, in milliseconds. Default 15 000. */
  readonly timeout?: number;
  /** The longest that a transaction may wait for a connection, in milliseconds. Default 5 000. */
  readonly maxWait?: number;
}

/** @param db `new PrismaClient({ adapter: new PrismaPg({ connectionString }) })`. */
export function prisma<Tx extends Executes>(
  db: PrismaDb<Tx>,
  { timeout = 15_000, maxWait = 5_000 }: PrismaOptions = {},
): Database<Tx> {
  return {
    query: queryThrough(db),
    within: queryThrough,
    transaction: async (body) => {
      try {
        const run = (tx: Tx) => {
          const query = queryThrough(tx);
          return body(tx, query, async (text, parameters) => void (await query(text, parameters)));
        };
        return await db.$transaction(run, { timeout, maxWait });
      } catch (error) {
        throw withSqlState(error);
      }
    },
  };
}

const queryThrough = (at: Executes): Query =>
  withLockTimeout(async (text, parameters = []) => {
    try {
      return await at.$queryRawUnsafe<readonly Row[]>(text, ...parameters);
    } catch (error) {
      throw withSqlState(error);
    }
  });

function withSqlState(error: unknown): unknown {
  return codeOf(error) === undefined ? error : error;
}
