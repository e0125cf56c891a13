import { TRPCError } from '@trpc/server';
import type { Storefront } from '#server/storefront.ts';
import { appRouter } from './router.ts';

export type ApiCaller = ReturnType<typeof appRouter.createCaller>;

/** Calls procedures without HTTP. What would make a new guest is refused: a page cannot set a cookie. */
export function callerFor(guest: string | null, storefront: Storefront): ApiCaller {
  return appRouter.createCaller({
    storefront,
    guest,
    // What is limited is written by requests of their own.
    count: async () => {},
    ensureGuest() {
      if (guest !== null) return guest;
      throw new TRPCError({ code: 'METHOD_NOT_SUPPORTED', message: 'a page cannot set a cookie' });
    },
  });
}
