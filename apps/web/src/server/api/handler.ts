import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { serialize } from 'superjson';
import { shopperOf } from '#server/shopper.ts';
import type { Storefront } from '#server/storefront.ts';
import { type Refused, readBody, refuseRequest } from './request-rules.ts';
import { appRouter } from './router.ts';
import type { Context } from './trpc.ts';

const ENDPOINT = '/api/trpc';

/** The tRPC API as a fetch handler. Nothing it answers may be kept by a cache. */
export async function handleApi(request: Request, storefront: Storefront): Promise<Response> {
  const response = await answer(request, storefront);
  response.headers.set('cache-control', 'no-store');
  return response;
}

async function answer(request: Request, storefront: Storefront): Promise<Response> {
  const refused = refuseRequest(request, storefront.env.publicUrl);
  if (refused) return refusal(refused);
  if (request.method !== 'POST') return await call(request, storefront);
  const read = await readBody(request);
  if ('refused' in read) return refusal(read.refused);
  const { url, method, headers, signal } = request;
  return await call(new Request(url, { method, headers, signal, body: read.body }), storefront);
}

async function call(request: Request, storefront: Storefront): Promise<Response> {
  return await fetchRequestHandler({
    endpoint: ENDPOINT,
    req: request,
    router: appRouter,
    createContext: ({ resHeaders }) => contextOf(request, storefront, resHeaders),
    responseMeta: ({ errors }) =>
      errors.some(({ code }) => code === 'SERVICE_UNAVAILABLE') ? { headers: { 'retry-after': '2' } } : {},
  });
}

async function contextOf(request: Request, storefront: Storefront, answerHeaders: Headers): Promise<Context> {
  return {
    storefront,
    shopper: await shopperOf(request.headers, storefront),
    setCookie: (cookie) => answerHeaders.append('set-cookie', cookie),
  };
}

/** In the shape of a tRPC error, so that a client reads one kind of answer only. */
function refusal({ status, errorCode, message }: Refused): Response {
  const error = { message, code: -32600, data: { code: 'BAD_REQUEST', httpStatus: status, errorCode } };
  return Response.json({ error: serialize(error) }, { status });
}
