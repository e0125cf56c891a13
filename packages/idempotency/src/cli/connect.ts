// The library has no driver of its own, so its command uses the one that the application has installed.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { guarded, nodePostgres } from '../adapters/pg.ts';
import type { PgPool } from '../adapters/pg-guard.ts';
import { postgresJs } from '../adapters/postgres-js.ts';
import type { PostgresClient } from '../adapters/postgres-js-guard.ts';
import type { Database, Query } from '../database.ts';
import { createOnce, type Once } from '../once.ts';
import { CommandError } from './errors.ts';

export interface Connected {
  readonly database: Database<unknown>;
  readonly query: Query;
  readonly once: Once<unknown, object>;
  /** One more connection, beside this one. */
  readonly another: (options: Options) => Promise<Connected>;
  readonly close: () => Promise<void>;
}

interface Options {
  /** Whether statements are prepared, which some poolers lose. A command has no need of it. */
  readonly prepare: boolean;
}

/** @param url of Postgres, as the driver reads it. @throws {CommandError} no driver is installed. */
export async function connect(url: string, options: Options = { prepare: false }): Promise<Connected> {
  for (const { name, open } of drivers) {
    const driver = await load(name);
    if (driver !== undefined) return connectedBy(open(driver, url, options), (other) => connect(url, other));
  }
  throw new CommandError(`install one of ${drivers.map(({ name }) => name).join(', ')} beside @once/idempotency`);
}

interface Opened {
  readonly database: Database<unknown>;
  readonly close: () => Promise<void>;
}

const drivers: readonly {
  readonly name: string;
  readonly open: (driver: unknown, url: string, options: Options) => Opened;
}[] = [
  {
    name: 'postgres',
    open: (driver, url, { prepare }) => {
      type Sql = PostgresClient & { end(options: { timeout: number }): Promise<void> };
      const { default: postgres } = driver as { default: (url: string, options: object) => Sql };
      const sql = postgres(url, { max: 1, prepare, connect_timeout: 10, onnotice: () => {} });
      return { database: postgresJs(sql), close: () => sql.end({ timeout: 5 }) };
    },
  },
  {
    name: 'pg',
    open: (driver, url, { prepare }) => {
      type Pool = PgPool & { connect(): Promise<unknown>; end(): Promise<void> };
      type Options = { connectionString: string; max: number; connectionTimeoutMillis: number };
      const { default: pg } = driver as { default: { Pool: new (options: Options) => Pool } };
      const pool = guarded(new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 10_000 }), {
        prepare,
      });
      return { database: nodePostgres(pool) as Database<unknown>, close: () => pool.end() };
    },
  },
];

function connectedBy({ database, close }: Opened, another: Connected['another']): Connected {
  return { database, query: database.query, once: createOnce({ database }), another, close };
}

/** Where the application is, or else where we are. */
async function load(name: string): Promise<unknown> {
  const application = createRequire(pathToFileURL(join(process.cwd(), 'package.json')));
  for (const from of [application, createRequire(import.meta.url)]) {
    try {
      return await import(pathToFileURL(from.resolve(name)).href);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}
