import { CheckoutError, cartOfCheckout } from '@once/checkout';
import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import { z } from 'zod';
import type { Rates } from '#server/door/rates.ts';
import { isId } from '#server/id.ts';
import type { Shopper } from '#server/shopper.ts';
import type { Storefront } from '#server/storefront.ts';
import { asTRPCError, clientFacts } from './refusals.ts';

export interface Context {
  readonly storefront: Storefront;
  readonly shopper: Shopper;
  /** A Set-Cookie header of the answer. */
  readonly setCookie: (cookie: string) => void;
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
export const procedure = t.procedure.use(async ({ next, ctx, path, type }) => {
  if (type === 'mutation' && !(await isOpen(ctx))) throw asTRPCError(new CheckoutError('UNAVAILABLE', 'not open yet'));
  const result = await next();
  if (result.ok) return result;
  const error = asTRPCError(result.error);
  if (error.code === 'INTERNAL_SERVER_ERROR' || error.code === 'SERVICE_UNAVAILABLE') {
    const { errorCode } = clientFacts(error);
    ctx.storefront.log.error({ err: error.cause ?? error, procedure: path, error_code: errorCode }, 'request failed');
  }
  throw error;
});

async function isOpen({ storefront }: Context): Promise<boolean> {
  try {
    return await storefront.opening.isOpen();
  } catch (error) {
    throw asTRPCError(error);
  }
}

/**
 * Somebody we know: a guest by their cookie, or an account by its session. To anybody else, what is asked for does not
 * exist. `ctx.cartId` is the cart of the checkout or order that the input names, once it is seen to be theirs; without one
 * it is the cart that they fill.
 */
export const guestProcedure = procedure.use(async ({ next, ctx, getRawInput }) => {
  const { shopper, storefront } = ctx;
  const named = Named.safeParse(await getRawInput());
  try {
    const cartId = named.success ? await cartOfCheckout(storefront.shop.db, named.data, shopper) : shopper.cartId;
    if (cartId === null) throw new CheckoutError('NOT_FOUND', 'nobody we know');
    return await next({ ctx: { cartId } });
  } catch (error) {
    throw asTRPCError(error);
  }
});

/** An order has its checkout's id. What is no id is refused by the procedure's own input. */
const Named = z
  .union([
    z.object({ checkoutId: z.string() }).transform((input) => input.checkoutId),
    z.object({ orderId: z.string() }).transform((input) => input.orderId),
  ])
  .refine(isId);
