import type { IncomingMessage } from 'node:http';
import { type Caller, callerOf } from './caller.ts';
import { ApiError, invalidRequest, withDocUrl } from './errors.ts';
import type { FaultableRequest } from './faults/fault.ts';
import { type FormHash, parseForm } from './form.ts';
import { randomId } from './ids.ts';
import type { Intent } from './outcomes.ts';
import type { Store } from './store.ts';
import { API_VERSION } from './version.ts';

// A request target that is no address, as `//`: it goes on to be refused like any unknown one.
const NOWHERE = { pathname: '/', search: '' };

/** A request as it arrived: read, but not judged. */
export interface Arrival extends FaultableRequest {
  readonly stripeVersion: string;
  readonly apiKey: string | undefined;
  /** Whose request it is, as far as the sender says. */
  readonly caller: Caller;
  /** What was wrong with the form; judged after the key of the account and the route. */
  readonly malformed: ApiError | undefined;
}

export function arrive(store: Store, request: IncomingMessage, body: string): Arrival {
  const { pathname, search } = URL.parse(request.url ?? '/', 'http://provider.invalid') ?? NOWHERE;
  const method = request.method ?? 'GET';
  const isPost = method === 'POST';
  const { params, malformed } = readForm(request, [search.slice(1), isPost ? body : ''].filter(Boolean).join('&'));
  const apiKey = apiKeyIn(request.headers.authorization);
  const account = /^[srp]k_test_(\w+)$/.exec(apiKey ?? '')?.[1];
  return {
    requestId: randomId('req_', 14),
    account,
    apiKey,
    method,
    path: pathname,
    params,
    malformed,
    // Stripe ignores the key of a GET or DELETE, so it is as if none had been sent.
    idempotencyKey: isPost ? oneHeader(request.headers['idempotency-key']) : undefined,
    caller: callerOf(request.headers),
    stripeVersion: oneHeader(request.headers['stripe-version']) ?? API_VERSION,
    get intentId() {
      return intentIdOf(store, account, pathname, params);
    },
    get orderId() {
      return orderIdIn(params) ?? storedOrderId(store, account, intentIdOf(store, account, pathname, params));
    },
  };
}

/**
 * The account a key belongs to: `sk_test_<account>`, or a restricted `rk_test_<account>`. Each has its own objects, idempotency keys, ledger and clock.
 * @throws {ApiError} 401, 403: no key, a live key, a publishable key, or no key of this form.
 */
export function authenticate(arrival: Arrival): string {
  const { apiKey, account } = arrival;
  if (!apiKey) {
    throw unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    );
  }
  if (/^[a-z]+_live_/.test(apiKey)) {
    throw unauthorized('This is the local test provider: it refuses live keys. Use a key that starts with sk_test_.');
  }
  if (apiKey.startsWith('pk_test_')) {
    const message = 'This API call cannot be made with a publishable API key. Please use a secret API key.';
    throw new ApiError(403, withDocUrl({ type: 'invalid_request_error', code: 'secret_key_required', message }));
  }
  // The key itself is not repeated: answers end up in logs.
  if (account === undefined) throw unauthorized('Invalid API Key provided. Use one of the form sk_test_<account>.');
  return account;
}

function unauthorized(message: string): ApiError {
  return new ApiError(401, { type: 'invalid_request_error', message });
}

function readForm(request: IncomingMessage, text: string): { params: FormHash; malformed?: ApiError | undefined } {
  try {
    const contentType = request.headers['content-type'] ?? '';
    if (request.method === 'POST' && text !== '' && !contentType.startsWith('application/x-www-form-urlencoded')) {
      throw invalidRequest('The request body must be application/x-www-form-urlencoded.');
    }
    return { params: parseForm(text), malformed: undefined };
  } catch (error) {
    if (error instanceof ApiError) return { params: {}, malformed: error };
    throw error;
  }
}

/** The SDK sends Bearer; curl's `-u sk_test_x:` sends Basic. */
function apiKeyIn(authorization: string | undefined): string | undefined {
  const [scheme, credentials] = (authorization ?? '').split(' ', 2);
  if (scheme?.toLowerCase() === 'bearer') return credentials;
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  return Buffer.from(credentials ?? '', 'base64')
    .toString()
    .split(':')[0];
}

function orderIdIn(params: FormHash): string | undefined {
  const metadata = params['metadata'];
  const orderId = typeof metadata === 'object' ? metadata['order_id'] : undefined;
  return typeof orderId === 'string' ? orderId : undefined;
}

/** The intent in the path, else the one that a parameter names, else the one of the charge or refund that is named. */
function intentIdOf(store: Store, account: string | undefined, pathname: string, params: FormHash): string | undefined {
  const inPath = /^\/v1\/\w+\/((?:pi|ch|re|dp)_\w+)/.exec(pathname)?.[1];
  const id = inPath ?? params['payment_intent'] ?? params['charge'];
  if (typeof id !== 'string' || id.startsWith('pi_')) return typeof id === 'string' ? id : undefined;
  return account === undefined ? undefined : store.objects.private(account, id).paymentIntent;
}

function storedOrderId(store: Store, account: string | undefined, intentId: string | undefined): string | undefined {
  if (account === undefined || intentId === undefined) return undefined;
  return store.objects.get<Intent>(account, 'payment_intent', intentId)?.metadata['order_id'];
}

function oneHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
