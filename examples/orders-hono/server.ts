// Orders over HTTP, with Hono and node-postgres. Who repeats a request with its Idempotency-Key gets the first answer again.
//
//   curl -d '{"sku":"print"}' -H 'content-type: application/json' -H 'authorization: Bearer ada' \
//     -H 'idempotency-key: 5f0c' http://127.0.0.1:3000/orders
import { serve } from '@hono/node-server';
import { createOnce } from '@once/idempotency';
import { idempotent } from '@once/idempotency/http';
import { migrate } from '@once/idempotency/migrate';
import { guarded, nodePostgres } from '@once/idempotency/pg';
import { Hono } from 'hono';
import pg from 'pg';

const pool = guarded(new pg.Pool({ connectionString: process.env['DATABASE_URL'] }));
const database = nodePostgres(pool);
const once = createOnce({ database });

await migrate(database);
await pool.query(`
  create table if not exists stock (sku text primary key, available integer not null check (available >= 0));
  create table if not exists orders (id uuid primary key default gen_random_uuid(), customer text, sku text);
  insert into stock values ('print', 40) on conflict do nothing`);

const createOrder = idempotent(once, { operation: 'order.create', scope: customerOf }, async (request, tx) => {
  const { sku } = (await request.json()) as { sku: string };
  const stock = await tx.query('update stock set available = available - 1 where sku = $1 and available > 0', [sku]);
  if (stock.rowCount === 0) return Response.json({ error: 'sold_out' }, { status: 410 }); // kept: a retry gets the same no
  const { rows } = await tx.query('insert into orders (customer, sku) values ($1, $2) returning id, sku', [
    customerOf(request),
    sku,
  ]);
  return Response.json(rows[0], { status: 201 }); // kept in the same commit as both rows
});

/** Yours would look into a session. What it throws is all that a stranger hears. */
function customerOf(request: Request): string {
  const [, customer] = /^Bearer (\w+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
  if (customer === undefined) throw Response.json({ error: 'who are you?' }, { status: 401 });
  return customer;
}

const app = new Hono();
app.post('/orders', (c) => createOrder(c.req.raw));

serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000), hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`);
});
