// Compiles only if every line marked as an error is one: `tsc -p packages/idempotency` is the test.
import { drizzle as drizzleOverPg } from 'drizzle-orm/node-postgres';
import { drizzle as drizzleOverPostgres } from 'drizzle-orm/postgres-js';
import { type ControlledTransaction, Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import postgres from 'postgres';
import { drizzle } from '../src/adapters/drizzle.ts';
import { kysely } from '../src/adapters/kysely.ts';
import { guarded as guardedPool, nodePostgres } from '../src/adapters/pg.ts';
import { guarded, postgresJs } from '../src/adapters/postgres-js.ts';
import { prisma } from '../src/adapters/prisma.ts';
import { createOnce, type TransactionOf, workflow } from '../src/index.ts';

type Same<X, Y> = (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? true : false;
const is = <_T extends true>() => {};
const request = { operation: 'o', scope: 's', key: 'k', input: null };

// A guarded client is of the type that it had.
const sql = guarded(postgres());
is<Same<typeof sql, postgres.Sql>>();
const pool = guardedPool(new pg.Pool());
is<Same<typeof pool, pg.Pool>>();

// The transaction in the callback has the caller's own type.
const overSql = postgresJs(sql);
is<Same<TransactionOf<typeof overSql>, postgres.TransactionSql>>();

const overPool = nodePostgres(pool);
is<Same<TransactionOf<typeof overPool>, pg.PoolClient>>();
const overPlainPool = nodePostgres(new pg.Pool());
is<Same<TransactionOf<typeof overPlainPool>, pg.PoolClient>>();

const dbOverPostgres = drizzleOverPostgres(sql);
const overDrizzlePostgres = drizzle(dbOverPostgres);
is<Same<TransactionOf<typeof overDrizzlePostgres>, Parameters<Parameters<typeof dbOverPostgres.transaction>[0]>[0]>>();

const dbOverPg = drizzleOverPg(pool);
const overDrizzlePg = drizzle(dbOverPg);
type DrizzlePgTx = Parameters<Parameters<typeof dbOverPg.transaction>[0]>[0];
is<Same<TransactionOf<typeof overDrizzlePg>, DrizzlePgTx>>();

interface Tables {
  readonly stock: { readonly sku: string };
}
const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
const overKysely = kysely(db);
is<Same<TransactionOf<typeof overKysely>, Transaction<Tables>>>();

interface PrismaTx {
  $queryRawUnsafe<T>(query: string, ...values: unknown[]): Promise<T>;
  readonly stock: { create(args: { data: { sku: string } }): Promise<unknown> };
}
interface PrismaClient extends PrismaTx {
  $transaction<P extends Promise<unknown>[]>(parts: [...P]): Promise<unknown[]>;
  $transaction<R>(body: (tx: PrismaTx) => Promise<R>, options?: { maxWait?: number; timeout?: number }): Promise<R>;
}
declare const client: PrismaClient;
const overPrisma = prisma(client);
is<Same<TransactionOf<typeof overPrisma>, PrismaTx>>();

// Inside the callback the driver's own calls are there.
void createOnce({ database: overPool }).transaction(request, async (tx) => {
  is<Same<typeof tx, pg.PoolClient>>();
  const { rows } = await tx.query<{ sku: string }>('select sku from stock');
  return { sku: rows[0]?.sku ?? '' };
});
void createOnce({ database: overKysely }).transaction(request, async (tx) => {
  // @ts-expect-error a table that is not there
  tx.selectFrom('shelf');
  return await tx.selectFrom('stock').select('sku').execute();
});

// Only a transaction is joined.
declare const pooled: pg.PoolClient;
declare const controlled: ControlledTransaction<Tables>;
declare const anotherTx: DrizzlePgTx;
void createOnce({ database: overPool }).within(pooled);
void createOnce({ database: overKysely }).within(controlled);
// @ts-expect-error a pool: each statement may go to another connection
void createOnce({ database: overPool }).within(pool);
// @ts-expect-error a client outside any transaction
void createOnce({ database: overSql }).within(sql);
// @ts-expect-error a db outside any transaction
void createOnce({ database: overDrizzlePg }).within(dbOverPg);
// @ts-expect-error a db outside any transaction
void createOnce({ database: overKysely }).within(db);
// @ts-expect-error another driver's transaction
void createOnce({ database: overPool }).within(anotherTx);

// A workflow runs only where its transaction is.
const order = workflow<{ tx: pg.PoolClient; services: object }>('order').transaction('reserve', async (tx) => {
  await tx.query('select 1');
});
void createOnce({ database: overPool }).run(order, { scope: 's', key: 'k', input: null });
// @ts-expect-error it wants node-postgres
void createOnce({ database: overKysely }).run(order, { scope: 's', key: 'k', input: null });

// What is no client at all.
// @ts-expect-error a connection string
postgresJs('postgres://localhost');
// @ts-expect-error a single client has nothing to check out
nodePostgres(new pg.Client());
// @ts-expect-error a pool is for nodePostgres
postgresJs(pool);
// @ts-expect-error a client of postgres.js
nodePostgres(sql);
// @ts-expect-error a pool, not a db made over it
drizzle(pool);
