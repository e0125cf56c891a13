import { CheckoutError } from '@once/checkout';
import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import type { Rates } from '#server/door/rates.ts';
import type { Storefront } from '#server/storefront.ts';
import { asTRPCError, clientFacts } from './refusals.ts';

export interface Context {
  readonly storefront: Storefront;
  /** The cart id in the guest's cookie; null: nobody we know. */
  readonly guest: string | null;
  /** The guest's cart id; a new guest's cookie goes out with the answer. */
  readonly ensureGuest: () => string;
  /** Counts what must not be done too often. @throws {RateLimitedError} */
  readonly count: (what: keyof Rates) => Promise<void>;
}

const t = initTRPC.context<Context>().create({
  transformer: superjson,
  // Never a stack, whatever NODE_ENV says.
  isDev: false,
  errorFormatter: ({ shape, error }) => {
    const { message, ...facts } = clientFacts(error);
    return { ...shape, message, data: { ...shape.data, ...facts } };
  },
});

export const { router } = t;

/** Anybody may call it. */
export const procedure = t.procedure.use(async ({ next, ctx, path }) => {
  const result = await next();
  if (result.ok) return result;
  const error = asTRPCError(result.error);
  if (error.code === 'INTERNAL_SERVER_ERROR' || error.code === 'SERVICE_UNAVAILABLE') {
    ctx.storefront.log.error({ err: error.cause ?? error, procedure: path }, 'request failed');
  }
  throw error;
});

/** Somebody with a cookie of ours. Without one, whatever is asked for belongs to somebody else, and so does not exist. */
export const guestProcedure = procedure.use(async ({ next, ctx }) => {
  if (ctx.guest === null) throw asTRPCError(new CheckoutError('NOT_FOUND', 'nobody we know'));
  return await next({ ctx: { cartId: ctx.guest } });
});
