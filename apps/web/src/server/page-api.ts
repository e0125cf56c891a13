import { notFound } from 'next/navigation';
import { cache } from 'react';
import type { ApiCaller } from './api/caller.ts';
import { currentShopper } from './request.ts';
import { storefront } from './storefront.ts';

/** The API for pages that are drawn on the server: the same answers that the browser would get, without the way there. */
export const pageApi = cache(async (): Promise<ApiCaller> => storefront().caller(await currentShopper()));

/** Shows the 404 page for what does not exist, for what is somebody else's, and for addresses that name nothing. */
export async function orNotFound<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    // By its code, not by its class: it may be of another load of the module.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'NOT_FOUND' || code === 'BAD_REQUEST') notFound();
    throw error;
  }
}
