import { storefront } from '#server/storefront.ts';

export const POST = (request: Request): Promise<Response> => storefront().auth(request);
