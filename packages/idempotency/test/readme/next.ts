import { createOnce } from '@once/idempotency';
import { idempotent } from '@once/idempotency/http';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import postgres from 'postgres';

// Next loads a route file more than once in development: one client for all of them.
const kept = globalThis as typeof globalThis & { sql?: postgres.Sql };
kept.sql ??= guarded(postgres(process.env['DATABASE_URL'] ?? ''));
const once = createOnce({ database: postgresJs(kept.sql) });

const userOf = (request: Request): string => {
  const user = request.headers.get('x-user'); // however you authenticate
  if (!user) throw new Response(null, { status: 401 });
  return user;
};

export const POST = idempotent(once, { operation: 'sale.create', scope: userOf }, async (request, tx) => {
  const { sku } = (await request.json()) as { sku: string };
  const [sale] = await tx<
    { id: string }[]
  >`insert into sale (owner, sku) values (${userOf(request)}, ${sku}) returning id`;
  return Response.json(sale, { status: 201 });
});
