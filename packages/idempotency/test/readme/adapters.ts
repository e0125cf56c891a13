import { createOnce } from '@once/idempotency';
import { drizzle as drizzleAdapter } from '@once/idempotency/drizzle';
import { kysely } from '@once/idempotency/kysely';
import { guarded, nodePostgres } from '@once/idempotency/pg';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';

export const pool = guarded(new Pool({ connectionString: process.env['DATABASE_URL'] }));

const shelf = { operation: 'shelf.add', scope: 'shop', input: { sku: 'b' } };

export const withPg = (key: string) =>
  createOnce({ database: nodePostgres(pool) }).transaction({ ...shelf, key }, async (client) => {
    await client.query(
      "insert into stock values ('b', 1) on conflict (sku) do update set available = stock.available + 1",
    );
  });

export const withDrizzle = (key: string) =>
  createOnce({ database: drizzleAdapter(drizzle(pool)) }).transaction({ ...shelf, key }, async (tx) => {
    await tx.execute("update stock set available = available + 1 where sku = 'b'");
  });

interface Tables {
  stock: { sku: string; available: number };
}
const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
const once = createOnce({ database: kysely(db) });

export const withKysely = (key: string) =>
  db.transaction().execute(
    (
      trx, // a transaction that you have opened: key and writes commit, or vanish, with yours
    ) =>
      once.within(trx).transaction({ ...shelf, key }, async (tx) => {
        await tx.updateTable('stock').set({ available: 9 }).where('sku', '=', 'b').execute();
      }),
  );
