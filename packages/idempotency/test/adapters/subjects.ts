// Every adapter that is shipped, as the contract asks for it.
import { drizzle as drizzleOverPg } from 'drizzle-orm/node-postgres';
import { drizzle as drizzleOverPostgres } from 'drizzle-orm/postgres-js';
import { sql } from 'drizzle-orm/sql';
import { CamelCasePlugin, CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import postgres from 'postgres';
import { drizzle } from '../../src/adapters/drizzle.ts';
import { kysely } from '../../src/adapters/kysely.ts';
import { guarded as guardedPool, nodePostgres } from '../../src/adapters/pg.ts';
import { guarded, postgresJs } from '../../src/adapters/postgres-js.ts';
import type { Opened, Subject } from '../../src/testing/contract.ts';

type Sql = postgres.Sql;
type SqlOptions = postgres.Options<Record<string, never>>;

/** Without a pause before it connects again: the cases that lose connections would spend their time in it. */
const openSql = (url: string, options: SqlOptions): Sql =>
  guarded(postgres(url, { onnotice: () => {}, backoff: () => 0, ...options }) as Sql);

export const overPostgresJs = (more: SqlOptions = {}): Subject<postgres.TransactionSql> => ({
  open: (url, options) => {
    const client = openSql(url, { ...options, ...more });
    return {
      database: postgresJs(client),
      execute: (tx, text, parameters) => tx.unsafe(text, [...parameters]),
      transaction: (body) => client.begin(body) as ReturnType<typeof body>,
      close: () => client.end({ timeout: 0 }),
    };
  },
});

export const overPg = (config: pg.PoolConfig = {}, prepare = true): Subject<pg.PoolClient> => ({
  open: (url, options) => {
    const pool = guardedPool(new pg.Pool({ connectionString: url, ...options, ...config }), { prepare });
    return { ...ofPg(pool), close: () => pool.end() };
  },
});

const ofPg = (pool: pg.Pool): Omit<Opened<pg.PoolClient>, 'close'> => ({
  database: nodePostgres(pool),
  execute: (tx, text, parameters) => tx.query(text, [...parameters]),
  transaction: async (body) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const value = await body(client);
      await client.query('commit');
      return value;
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  },
});

const textWith = (text: string, parameters: readonly string[]) =>
  sql.join(
    text.split(/\$(\d+)/).map((part, i) => (i % 2 === 0 ? sql.raw(part) : sql`${parameters[Number(part) - 1]}`)),
  );

function ofDrizzle<Tx extends { execute(query: ReturnType<typeof textWith>): PromiseLike<unknown> }>(
  db: Parameters<typeof drizzle<Tx>>[0],
): Omit<Opened<Tx>, 'close'> {
  return {
    database: drizzle(db),
    execute: async (tx, text, parameters) => await tx.execute(textWith(text, parameters)),
    transaction: (body) => db.transaction(body),
  };
}

type DrizzleTx<Db extends { transaction(body: never): unknown }> = Parameters<Parameters<Db['transaction']>[0]>[0];
type OverPostgres = ReturnType<typeof drizzleOverPostgres<Record<string, never>, Sql>>;
type OverPg = ReturnType<typeof drizzleOverPg<Record<string, never>, pg.Pool>>;

export const overDrizzleOnPostgresJs = (): Subject<DrizzleTx<OverPostgres>> => ({
  open: (url, options) => {
    const client = openSql(url, options);
    return { ...ofDrizzle(drizzleOverPostgres(client)), close: () => client.end({ timeout: 0 }) };
  },
});

export const overDrizzleOnPg = (): Subject<DrizzleTx<OverPg>> => ({
  open: (url, options) => {
    const pool = guardedPool(new pg.Pool({ connectionString: url, ...options }));
    return { ...ofDrizzle(drizzleOverPg(pool)), close: () => pool.end() };
  },
});

export interface Tables {
  readonly once_contract: { readonly scope: string; readonly note: string };
}

export const overKysely = (): Subject<import('kysely').Transaction<Tables>> => ({
  open: (url, options) => {
    const pool = guardedPool(new pg.Pool({ connectionString: url, ...options }));
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] });
    return {
      database: kysely(db),
      execute: (tx, text, parameters) => tx.executeQuery(CompiledQuery.raw(text, [...parameters])),
      transaction: (body) => db.transaction().execute(body),
      close: () => db.destroy(),
    };
  },
});
