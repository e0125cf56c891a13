import { TRPCError } from '@trpc/server';
import type { Shopper } from '#server/shopper.ts';
import type { Storefront } from '#server/storefront.ts';
import { appRouter } from './router.ts';

export type ApiCaller = ReturnType<typeof appRouter.createCaller>;

/** Calls procedures without HTTP. What would make a new guest, or sign out, is refused: a page cannot set a cookie. */
export function callerFor(shopper: Shopper, storefront: Storefront): ApiCaller {
  return appRouter.createCaller({
    storefront,
    shopper,
    // What is limited is written by requests of their own.
    count: async () => {},
    setCookie() {
      throw new TRPCError({ code: 'METHOD_NOT_SUPPORTED', message: 'a page cannot set a cookie' });
    },
  });
}
