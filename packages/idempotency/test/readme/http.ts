import { createOnce, reject, workflow } from '@once/idempotency';
import { idempotencyKey, idempotent, problem } from '@once/idempotency/http';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import postgres from 'postgres';
import { z } from 'zod';

export const sql = guarded(postgres(process.env['DATABASE_URL'] ?? ''));
const database = postgresJs(sql);
const once = createOnce({ database });

const userOf = (request: Request): string => {
  const user = request.headers.get('x-user'); // however you authenticate
  if (!user) throw new Response(null, { status: 401 });
  return user;
};

export const createSale = idempotent(once, { operation: 'sale.create', scope: userOf }, async (request, tx) => {
  const { sku } = z.object({ sku: z.string() }).parse(await request.json());
  const [sale] = await tx<
    { id: string }[]
  >`insert into sale (owner, sku) values (${userOf(request)}, ${sku}) returning id`;
  return Response.json(sale, { status: 201, headers: { location: `/sales/${sale?.id}` } });
});

export const returnSale = workflow<{ tx: postgres.TransactionSql; services: object }>('sale.return')
  .input(z.object({ saleId: z.string() }))
  .transaction('return', async (tx, { input }) => {
    const [gone] = await tx`delete from sale where id = ${input.saleId} returning id`;
    return gone ? { returned: true } : reject('not_found');
  });

// A workflow has commits of its own, so it runs in an ordinary handler.
export async function handleReturn(request: Request): Promise<Response> {
  try {
    const input = (await request.json()) as { saleId: string };
    const asked = { scope: userOf(request), key: idempotencyKey(request.headers), input };
    return Response.json(await once.run(returnSale, asked));
  } catch (error) {
    const refused = error instanceof Response ? error : problem(error);
    if (refused) return refused;
    throw error;
  }
}
