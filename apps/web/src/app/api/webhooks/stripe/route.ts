import { after } from 'next/server';
import { storefront } from '#server/storefront.ts';

/** Where the payment provider sends its events. */
export const POST = (request: Request): Promise<Response> => storefront().takeEvent(request, after);
