import { setTimeout as sleep } from 'node:timers/promises';
import { schema } from '@once/db';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { PASSWORD_LENGTH } from '#account/password-length.ts';
import { LOCAL_STAFF_EMAIL } from '#env.ts';
import { readBody, refuseRequest } from '#server/api/request-rules.ts';
import { clientAddress, networkOf } from '#server/door/client-address.ts';
import type { Storefront } from '#server/storefront.ts';
import { AUTH_PATH } from './auth.ts';
import { makeLocalStaff } from './local-staff.ts';
import { countTry, forgetTries } from './tries.ts';

/** What a form is told. Signed up, or asked for a new password: always yes, whether the address has an account or not. */
export type AuthRefusal =
  | 'CREDENTIALS_WRONG'
  /** The password is right, the address not confirmed yet. */
  | 'EMAIL_NOT_CONFIRMED'
  /** The link is used up, too old, or none of ours. */
  | 'LINK_INVALID'
  | 'TOO_MANY_TRIES'
  | 'INPUT_INVALID'
  | 'REQUEST_INVALID'
  | 'UNAVAILABLE';

const MAX_BYTES = 8 * 1024;
/** Longer than either answer takes, so that the time does not tell what the answer keeps back. */
const QUIET_MS = 400;

const email = z.email().max(254);
const password = z.string().min(1).max(PASSWORD_LENGTH.max);
const newPassword = z.string().min(PASSWORD_LENGTH.min).max(PASSWORD_LENGTH.max);
const token = z.string().min(1).max(2000);

// All that can be asked from outside. Better Auth has some thirty more, which nobody needs here.
const ENDPOINTS = {
  '/sign-in/email': z.strictObject({ email, password }),
  '/sign-up/email': z.strictObject({ email, password: newPassword }),
  '/confirm-email': z.strictObject({ token, password }),
  '/request-password-reset': z.strictObject({ email }),
  '/reset-password': z.strictObject({ token, newPassword }),
} as const;

type Endpoint = keyof typeof ENDPOINTS;
const QUIET: readonly Endpoint[] = ['/sign-up/email', '/request-password-reset'];

/** Signing in and all that leads to it. What it answers is kept by no cache. */
export async function handleAuth(request: Request, storefront: Storefront): Promise<Response> {
  const path = new URL(request.url).pathname.slice(AUTH_PATH.length);
  if (request.method !== 'POST' || !Object.hasOwn(ENDPOINTS, path)) return refusal('REQUEST_INVALID', 404);
  const endpoint = path as Endpoint;
  const foreign = refuseRequest(request, storefront.env.publicUrl);
  if (foreign) return refusal('REQUEST_INVALID', foreign.status);
  const read = await readBody(request, { maxBytes: MAX_BYTES });
  if ('refused' in read) return refusal('REQUEST_INVALID', read.refused.status);
  const input = ENDPOINTS[endpoint].safeParse(jsonIn(read.body));
  if (!input.success) return refusal('INPUT_INVALID', 400);
  try {
    if (storefront.env.hasLocalStaff && isLocalStaff(input.data)) await makeLocalStaff(storefront);
    const quiet = QUIET.includes(endpoint) ? sleep(QUIET_MS) : undefined;
    const answer = await ask(request, endpoint, input.data, storefront);
    await quiet;
    return answer;
  } catch (error) {
    storefront.log.error({ err: error, endpoint }, 'accounts: request failed');
    return refusal('UNAVAILABLE', 503, 2);
  }
}

const isLocalStaff = (input: object): boolean => 'email' in input && input.email === LOCAL_STAFF_EMAIL;

async function ask(
  request: Request,
  endpoint: Endpoint,
  input: Readonly<Record<string, string>>,
  { accounts, env, shop }: Storefront,
): Promise<Response> {
  const tried = endpoint === '/sign-in/email' ? input['email'] : undefined;
  const waitSeconds = tried ? await countTry(shop.db, tried) : 0;
  if (waitSeconds > 0) return refusal('TOO_MANY_TRIES', 429, waitSeconds);
  const body = { ...input, ...(endpoint === '/sign-up/email' && { name: '' }) };
  const answer = await accounts.handler(forwarded(request, body, env.trustedProxies));
  if (answer.ok) {
    if (tried) await forgetTries(shop.db, tried);
    const headers = new Headers({ 'cache-control': 'no-store' });
    for (const cookie of answer.headers.getSetCookie()) headers.append('set-cookie', cookie);
    return Response.json({ ok: true }, { headers });
  }
  const { code } = Failure.parse(await answer.json().catch(() => ({})));
  if (answer.status === 429) return refusal('TOO_MANY_TRIES', 429, Number(answer.headers.get('x-retry-after')) || 60);
  if (code === 'INVALID_EMAIL_OR_PASSWORD') return refusal('CREDENTIALS_WRONG', 401);
  if (code === 'EMAIL_NOT_VERIFIED') return refusal('EMAIL_NOT_CONFIRMED', 403);
  if (code === 'INVALID_TOKEN') return refusal('LINK_INVALID', 400);
  if (answer.status < 500 && code !== 'FAILED_TO_CREATE_USER') return refusal('INPUT_INVALID', 400);
  // Pressed twice at once, the second finds the account of the first when it writes its own.
  if (code === 'FAILED_TO_CREATE_USER' && (await exists(shop.db, input['email'] ?? ''))) return done();
  return refusal('UNAVAILABLE', 503, 2);
}

const Failure = z.object({ code: z.string().optional() });

/** Only what was read and checked goes on, with what says who asks: their address as we know it, not as they say. */
function forwarded(request: Request, body: Readonly<Record<string, string>>, trustedProxies: number): Request {
  const isCounted = networkOf(request.headers, trustedProxies) !== null;
  const address = isCounted && clientAddress(request.headers, trustedProxies);
  const headers = new Headers({ 'content-type': 'application/json', ...(address && { 'x-forwarded-for': address }) });
  for (const name of ['cookie', 'origin', 'user-agent', 'sec-fetch-site', 'sec-fetch-mode']) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Request(request.url, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function exists(db: Storefront['shop']['db'], address: string): Promise<boolean> {
  return (await db.$count(schema.authUser, eq(schema.authUser.email, address.toLowerCase()))) > 0;
}

function jsonIn(body: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

const done = () => Response.json({ ok: true }, { headers: { 'cache-control': 'no-store' } });

const refusal = (errorCode: AuthRefusal, status: number, retryAfterSeconds?: number): Response =>
  Response.json(
    { errorCode },
    {
      status,
      headers: {
        'cache-control': 'no-store',
        ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      },
    },
  );
