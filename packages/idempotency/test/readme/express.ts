import { createOnce } from '@once/idempotency';
import { idempotent } from '@once/idempotency/express';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import express from 'express';
import postgres from 'postgres';

export const sql = guarded(postgres(process.env['DATABASE_URL'] ?? ''));
const once = createOnce({ database: postgresJs(sql) });

const userOf = (req: express.Request): string => {
  const user = req.get('x-user'); // however you authenticate
  if (!user) throw new Response(null, { status: 401 });
  return user;
};

export const app = express();
app.use(express.json());
app.post(
  '/sales',
  idempotent(once, { operation: 'sale.create', scope: (_request, req) => userOf(req) }, async (request, tx, req) => {
    const { sku } = (await request.json()) as { sku: string }; // a Fetch request, also behind a body parser
    const [sale] = await tx<
      { id: string }[]
    >`insert into sale (owner, sku) values (${userOf(req)}, ${sku}) returning id`;
    return Response.json(sale, { status: 201 }); // stored with the sale, then sent: res is not touched
  }),
);
