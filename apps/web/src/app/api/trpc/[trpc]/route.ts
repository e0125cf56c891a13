import { handleApi } from '#server/api/handler.ts';
import { storefront } from '#server/storefront.ts';

const handle = (request: Request): Promise<Response> => handleApi(request, storefront());

export { handle as GET, handle as POST };
