import { createOnce } from '@once/idempotency';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import { attempts, idempotencyData, transactional } from '@once/idempotency/trpc';
import { initTRPC, TRPCError } from '@trpc/server';
import postgres from 'postgres';
import superjson from 'superjson';
import { z } from 'zod';
import { returnSale } from './http.ts';

export const sql = guarded(postgres(process.env['DATABASE_URL'] ?? ''));
const once = createOnce({ database: postgresJs(sql) });

const t = initTRPC.context<{ user?: string }>().create({
  transformer: superjson,
  errorFormatter: ({ shape, error }) => ({ ...shape, data: { ...shape.data, idempotency: idempotencyData(error) } }),
});
const signedIn = t.procedure.use(({ ctx: { user }, next }) => {
  if (user === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' });
  return next({ ctx: { user } });
});

const scope = ({ user }: { user: string }) => user;
const transaction = signedIn.concat(transactional(once, { scope, transformer: superjson })); // + ctx.tx
const attempt = signedIn.concat(attempts({ scope })); // + ctx.attempt: { scope, key }

export const router = t.router({
  sell: transaction.input(z.object({ sku: z.string() })).mutation(async ({ ctx, input }) => {
    await ctx.tx`insert into sale (owner, sku) values (${ctx.user}, ${input.sku})`;
    return { soldAt: new Date() }; // a Date on every retry
  }),
  return: attempt
    .input(z.object({ saleId: z.string() }))
    .mutation(({ ctx, input: { saleId } }) => once.run(returnSale, { ...ctx.attempt, input: { saleId } })),
});
