import { storefront } from '#server/storefront.ts';

const handle = (request: Request): Promise<Response> => storefront().api(request);

export { handle as GET, handle as POST };
