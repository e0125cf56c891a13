import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { serialize } from 'superjson';
import { networkOf } from '#server/door/client-address.ts';
import { OverloadedError } from '#server/door/gate.ts';
import { shopperOf } from '#server/shopper.ts';
import type { Storefront } from '#server/storefront.ts';
import { retryAfterSeconds } from './refusals.ts';
import { type Refused, readBody, refuseRequest, refuseText } from './request-rules.ts';
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
  if (request.method !== 'POST')
    return await enter(request, new URL(request.url).searchParams.get('input'), storefront);
  const read = await readBody(request);
  if ('refused' in read) return refusal(read.refused);
  const { url, method, headers, signal } = request;
  const whole = new Request(url, { method, headers, signal, body: read.body });
  return await enter(whole, new TextDecoder().decode(read.body), storefront);
}

/** What has arrived whole goes on if there is room for it. @param text what it says, not parsed yet */
async function enter(request: Request, text: string | null, storefront: Storefront): Promise<Response> {
  const refused = refuseText(text ?? '');
  if (refused) return refusal(refused);
  const place = storefront.gates.requests.place();
  try {
    place.take();
    return await call(request, storefront);
  } catch (error) {
    if (!(error instanceof OverloadedError)) throw error;
    return refusal({ status: 503, errorCode: 'OVERLOADED', message: 'try the same request again' }, BUSY);
  } finally {
    place.leave();
  }
}

const BUSY = { 'retry-after': '2' };

async function call(request: Request, storefront: Storefront): Promise<Response> {
  return await fetchRequestHandler({
    endpoint: ENDPOINT,
    req: request,
    router: appRouter,
    createContext: ({ resHeaders }) => contextOf(request, storefront, resHeaders),
    responseMeta: ({ errors }) => {
      const seconds = retryAfterSeconds(errors);
      return seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } };
    },
  });
}

async function contextOf(request: Request, storefront: Storefront, answerHeaders: Headers): Promise<Context> {
  const shopper = await shopperOf(request.headers, storefront);
  const { env, rates } = storefront;
  const who = {
    principal: shopper.userId ?? shopper.guestCartId,
    network: networkOf(request.headers, env.trustedProxies),
  };
  return {
    storefront,
    shopper,
    count: (what) => rates.count(what, who),
    setCookie: (cookie) => answerHeaders.append('set-cookie', cookie),
  };
}

/** In the shape of a tRPC error, so that a client reads one kind of answer only. */
function refusal({ status, errorCode, message }: Refused, headers: Record<string, string> = {}): Response {
  const error = { message, code: -32600, data: { code: 'BAD_REQUEST', httpStatus: status, errorCode } };
  return Response.json({ error: serialize(error) }, { status, headers });
}
