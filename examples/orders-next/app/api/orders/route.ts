// A Next route handler. The client is kept on globalThis, since a bundler may load this file more than once.
import { createOnce } from '@once/idempotency';
import { idempotent } from '@once/idempotency/http';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import postgres from 'postgres';

const kept = globalThis as { sql?: postgres.Sql };
kept.sql ??= guarded(postgres(process.env['DATABASE_URL'] ?? '', { onnotice: () => {} }) as postgres.Sql);
const once = createOnce({ database: postgresJs(kept.sql) });

export const POST = idempotent(once, { operation: 'order.create', scope: customerOf }, async (request, tx) => {
  const { sku } = (await request.json()) as { sku: string };
  const [order] =
    await tx`insert into orders (customer, sku) values (${customerOf(request)}, ${sku}) returning id, sku`;
  return Response.json(order, { status: 201 });
});

function customerOf(request: Request): string {
  const [, customer] = /^Bearer (\w+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
  if (customer === undefined) throw Response.json({ error: 'who are you?' }, { status: 401 });
  return customer;
}
