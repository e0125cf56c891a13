// A fresh database with the library's schema and one table that the operations under test write to.
import { randomUUID } from 'node:crypto';
import { testDatabase } from '@once/local-postgres/testing';
import { sql as drizzleSql } from 'drizzle-orm';
import { drizzle as drizzleOver, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll } from 'vitest';
import { drizzle } from '../src/adapters/drizzle.ts';
import { guarded, postgresJs } from '../src/adapters/postgres-js.ts';
import { createOnce, type Database, type IdempotencyEvent, type OnceOptions } from '../src/index.ts';

/** What the tests need of an adapter: the same operations, written in its own way. */
export interface Driver<Tx> {
  readonly database: Database<Tx>;
  readonly sql: postgres.Sql;
  write(tx: Tx, scope: string, note?: string): Promise<void>;
}

export type DrizzleTx = Parameters<Parameters<PostgresJsDatabase['transaction']>[0]>[0];
export type PostgresTx = postgres.TransactionSql;

export function viaPostgresJs(url: string, options: postgres.Options<Record<string, never>> = {}): Driver<PostgresTx> {
  const sql = postgres(url, { max: 30, onnotice: () => {}, ...options }) as postgres.Sql;
  return {
    sql,
    database: postgresJs(sql),
    write: async (tx, scope, note = '') =>
      void (await tx`insert into written (scope, note) values (${scope}, ${note})`),
  };
}

export function viaDrizzle(url: string, options: postgres.Options<Record<string, never>> = {}): Driver<DrizzleTx> {
  const sql = guarded(postgres(url, { max: 30, onnotice: () => {}, ...options }) as postgres.Sql);
  return {
    sql,
    database: drizzle(drizzleOver(sql)),
    write: async (tx, scope, note = '') =>
      void (await tx.execute(drizzleSql`insert into written (scope, note) values (${scope}, ${note})`)),
  };
}

export interface Fixture {
  readonly url: string;
  /** Looks and meddles; never under test. */
  readonly admin: postgres.Sql;
  driver(options?: postgres.Options<Record<string, never>> & { url?: string }): Driver<PostgresTx>;
  viaDrizzle(options?: postgres.Options<Record<string, never>>): Driver<DrizzleTx>;
  /** Notes written under a scope, in order. */
  written(scope: string): Promise<string[]>;
  record(scope: string): Promise<Record<string, unknown> | undefined>;
  /** Lets the lease or the wait of a scope's record end now. */
  makeDue(scope: string): Promise<void>;
}

export async function openFixture(): Promise<Fixture> {
  const { url } = await testDatabase('library');
  const clients: postgres.Sql[] = [];
  const keep = <D extends { readonly sql: postgres.Sql }>(driver: D): D => {
    clients.push(driver.sql);
    return driver;
  };
  const admin = postgres(url, { max: 4, onnotice: () => {} });
  clients.push(admin);
  await admin`create table written (id bigint generated always as identity, scope text not null, note text not null)`;
  afterAll(async () => void (await Promise.all(clients.map((client) => client.end({ timeout: 2 })))));
  return {
    url,
    admin,
    driver: ({ url: other = url, ...options } = {}) => keep(viaPostgresJs(other, options)),
    viaDrizzle: (options) => keep(viaDrizzle(url, options)),
    written: async (scope) => {
      const rows = await admin<{ note: string }[]>`select note from written where scope = ${scope} order by id`;
      return rows.map(({ note }) => note);
    },
    record: async (scope) => (await admin`select * from idempotency.record where scope = ${scope}`)[0],
    makeDue: async (scope) =>
      void (await admin`update idempotency.record set due_at = statement_timestamp() - interval '1 second'
        where scope = ${scope} and state in (0, 1)`),
  };
}

/** A scope that nobody else uses, so that all tests can run at once. */
export const aScope = (): string => `scope-${randomUUID()}`;

/** A `once` over a driver, with the events that it has told of. */
export function onceOver<Tx, Services extends object = object>(
  { database }: Pick<Driver<Tx>, 'database'>,
  options: Omit<OnceOptions<Tx, Services>, 'database'> = {},
) {
  const events: IdempotencyEvent[] = [];
  const once = createOnce<Tx, Services>({ ...options, database, observe: (event) => void events.push(event) });
  return { once, events, names: () => events.map(({ name }) => name) };
}

/** Resolves when `condition` does with something true. */
export async function eventually<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  for (const end = Date.now() + 10_000; ; ) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error('it never happened');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A promise and the way to settle it. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/** The code of what a promise rejects with. */
export const codeThrown = async (promise: Promise<unknown>): Promise<unknown> =>
  await promise.then(
    () => 'nothing was thrown',
    (error: { code?: unknown }) => error.code ?? error,
  );

/** Whether a session of this database waits for a lock. */
export const somebodyWaits = async ({ admin }: Fixture, least = 1): Promise<boolean> => {
  const [row] = await admin<{ n: number }[]>`select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  return (row?.n ?? 0) >= least;
};
