import { TRPCError } from '@trpc/server';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { appRouter } from './api/router.ts';
import { currentGuest } from './request.ts';
import { storefront } from './storefront.ts';

/** The API for pages that are drawn on the server: the same answers that the browser would get, without the way there. */
export const pageApi = cache(async () =>
  appRouter.createCaller({
    storefront: storefront(),
    guest: await currentGuest(),
    ensureGuest() {
      throw new TRPCError({ code: 'METHOD_NOT_SUPPORTED', message: 'a page cannot set a cookie' });
    },
  }),
);

/** Shows the 404 page for what does not exist, for what is somebody else's, and for addresses that name nothing. */
export async function orNotFound<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof TRPCError && (error.code === 'NOT_FOUND' || error.code === 'BAD_REQUEST')) notFound();
    throw error;
  }
}
