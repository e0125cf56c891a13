// A queue consumer, with pg-boss and Drizzle. A queue delivers at least once; each message counts once.
import { createOnce } from '@once/idempotency';
import { drizzle as drizzleAdapter } from '@once/idempotency/drizzle';
import { migrate } from '@once/idempotency/migrate';
import { guarded } from '@once/idempotency/pg';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { PgBoss } from 'pg-boss';

const customer = pgTable('customer', { id: text().primaryKey(), points: integer().notNull() });

interface Purchase {
  /** Made by the producer, once. A job's own id will not do: who sends the message twice makes two jobs. */
  id: string;
  customerId: string;
  points: number;
}

const connectionString = process.env['DATABASE_URL'] ?? '';
const pool = guarded(new pg.Pool({ connectionString }));
const db = drizzle(pool);
const database = drizzleAdapter(db);
const once = createOnce({ database });

await migrate(database);
await db.execute(sql`create table if not exists customer (id text primary key, points integer not null)`);

// A job of a worker that died is given to another after two seconds.
const boss = new PgBoss({ connectionString, superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 });
boss.on('error', (error) => console.error(error));
await boss.start();
await boss.createQueue('purchases', { retryLimit: 50, retryDelay: 0, expireInSeconds: 2 });

await boss.work<Purchase>('purchases', { batchSize: 5, pollingIntervalSeconds: 0.5 }, async (jobs) => {
  for (const { data } of jobs) {
    const request = { operation: 'points.add', scope: 'purchases', key: data.id, input: { ...data } };
    await once.transaction(request, async (tx) => {
      await tx
        .insert(customer)
        .values({ id: data.customerId, points: data.points })
        .onConflictDoUpdate({ target: customer.id, set: { points: sql`${customer.points} + ${data.points}` } });
      return null;
    }); // a throw leaves the job to the queue, which brings it again
  }
});
console.log('working');
