import { guarded, onnotice } from '@once/idempotency/postgres-js';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { driverAddress, poolSizeIn } from './address.ts';
import * as schema from './schema/index.ts';
import { type WatchStatement, watched } from './watched.ts';

export { DatabaseUrlError, driverAddress } from './address.ts';
export { isOutage } from './outage.ts';
export { orderNumberOf } from './schema/column.ts';
export * as schema from './schema/index.ts';

/** The shop's database as Drizzle sees it. */
export type Db = PostgresJsDatabase<typeof schema> & { $client: postgres.Sql };
/** An open transaction of it. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

export interface Connection {
  readonly db: Db;
  /** Waits for queries under way, at most 5 s. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly max?: number;
  readonly applicationName?: string;
  /** Told of every statement, by what it does to which table, never with its parameters. */
  readonly onStatement?: WatchStatement | undefined;
}

/**
 * Opens a pool whose transactions all go through the library's guard: postgres.js 3.4.9 would otherwise run on after a
 * lost connection, outside the transaction.
 *
 * @param url a Postgres address; with `pgbouncer=true` for a pooler that forgets prepared statements, and `max=` for the
 *   number of connections at most: 10 unless said, and one is enough for everything to work
 * @throws {DatabaseUrlError}
 */
export function connect(url: string, options: ConnectOptions = {}): Connection {
  const { onStatement } = options;
  const driver = postgres(driverAddress(url), {
    max: options.max ?? poolSizeIn(url) ?? 10,
    onnotice,
    // The driver would ask every new connection for the array types, which Drizzle does not need, and where that connection
    // breaks meanwhile (a failover) it drops the promise: the rejection that nobody handles ends the process.
    fetch_types: false,
    connect_timeout: 5,
    // Seconds. The driver's own waits grow to 20: a database that is back would not be noticed for as long.
    backoff: (tries) => Math.min(0.05 * 2 ** tries, 1) * (0.5 + Math.random() / 2),
    connection: { application_name: options.applicationName ?? 'once' },
  });
  const client = guarded(onStatement ? watched(driver, onStatement) : driver);
  return { db: drizzle(client, { schema }), close: () => client.end({ timeout: 5 }) };
}
