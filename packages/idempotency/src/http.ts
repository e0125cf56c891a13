// A Fetch handler, run once per Idempotency-Key: Next route handlers, Hono, Bun, Deno, and node:http through `toNode`.
//
//   body (413) ─▶ scope (the caller's own 401) ─▶ key (400) ─▶ once.transaction (422, 409, 503) ─▶ stored response
//
// The handler's writes, the key and the response are one commit. A status that is no outcome undoes the writes, stores
// nothing and passes through: the same key may try again.
import { createHash } from 'node:crypto';
import { reject } from './answers.ts';
import { insidePhase } from './engine.ts';
import { IdempotencyError } from './errors.ts';
import { readWhole } from './http-body.ts';
import { idempotencyKey } from './http-key.ts';
import { headersToKeep, isOutcome, responseOf, storedResponse, unstorable } from './http-outcome.ts';
import { defaultDocs, problem, tooLarge } from './http-problem.ts';
import { isOperationName } from './identity.ts';
import { engineOf, type Once } from './once.ts';
import { checkWait } from './options.ts';

export { idempotencyKey } from './http-key.ts';
export { toNode } from './http-node.ts';
export { problem } from './http-problem.ts';

export interface IdempotentOptions<R extends Request, Context extends readonly unknown[]> {
  /** The name of what is done once. It outlives a route that is moved. */
  readonly operation: string;
  /**
   * Whose namespace the key lives in, from what authenticates the request: a customer, an account. It is asked for every
   * request, before the key is looked at, so a `Response` that it throws (401) is all that a stranger hears. Its parameters
   * are what the framework calls a handler with, and the handler gets the same.
   */
  readonly scope: (request: R, ...context: Context) => string | Promise<string>;
  /** False: a request without the header runs in a transaction of its own, as often as it is sent. Default true: 400. */
  readonly required?: boolean;
  /** How long a duplicate waits for the first one's response, in milliseconds; else the `once`'s own. */
  readonly waitMs?: number;
  /** Which statuses are outcomes; else the README's table. */
  readonly keep?: (status: number) => boolean;
  /** Response headers to store besides the README's list. Cookies and authentication are refused. */
  readonly headers?: readonly string[];
  /** Larger requests are answered 413. Default 1 048 576. */
  readonly maxRequestBytes?: number;
  /** A larger response is an error, and undoes what the handler wrote. Default 524 288. */
  readonly maxResponseBytes?: number;
  /** The page that problem details link to, with `#<code>`. */
  readonly docs?: string;
}

/** The part of a `once` that is used here, whatever its services. */
export type TransactionalOnce<Tx> = Pick<Once<Tx, object>, 'transaction' | 'find'>;

type Handler<Tx, R, Context extends readonly unknown[]> = (
  request: R,
  tx: Tx,
  ...context: Context
) => Response | Promise<Response>;

/**
 * Wraps `handler`, which may run again (a serialization failure) and then gets the request anew. What it throws undoes
 * its writes and passes through; so does a thrown `Response`, as the answer. GET, HEAD and OPTIONS run in a transaction
 * of their own, without a key.
 * @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID at construction, and from a request whose body was read before;
 *   IDEMPOTENCY_OUTCOME_INVALID for a response that cannot be stored.
 */
export function idempotent<Tx, R extends Request = Request, Context extends readonly unknown[] = []>(
  once: TransactionalOnce<Tx>,
  options: IdempotentOptions<R, Context>,
  handler: Handler<Tx, R, Context>,
): (request: R, ...context: Context) => Promise<Response> {
  const { operation, required = true, docs = defaultDocs, waitMs } = options;
  const { maxRequestBytes = 1_048_576, maxResponseBytes = 524_288 } = options;
  checkOptions(operation, { maxRequestBytes, maxResponseBytes, waitMs });
  if (typeof options.scope !== 'function') throw bug('scope is a function: of the request, to whom its key belongs');
  const respond = responding(options, maxResponseBytes);
  return async (request, ...context) => {
    try {
      // An empty body in its place would make all requests alike.
      if (request.bodyUsed) throw bug('the body was read before idempotent() could: read a clone there');
      const body = await readWhole(request, maxRequestBytes);
      if (body === undefined) return tooLarge(maxRequestBytes);
      const anew = () => rebuilt(request, body);
      const scope = await options.scope(anew(), ...context);
      const run = async (tx: Tx) => {
        const response = await handler(anew(), tx, ...context);
        // Thrown here, it undoes the writes: what a handler has sent by itself cannot be repeated.
        if (!isResponse(response)) throw unstorable('the handler returns a Response, also in Express and Fastify');
        return response;
      };
      const isKeyless = isSafe(request.method) || (!required && !request.headers.has('idempotency-key'));
      if (isKeyless) return await unprotected(once, operation, run, respond.isKept);
      const key = idempotencyKey(request.headers);
      const input = inputOf(request, body);
      const asked = { operation, scope, key, input, ...(waitMs !== undefined && { waitMs }) };
      const settled = await once.transaction(asked, async (tx) => await respond.store(await run(tx)));
      return responseOf(settled.status === 'rejected' ? settled.reason : settled.value, settled.replayed);
    } catch (error) {
      return answerTo(error, docs);
    }
  };
}

function checkOptions(operation: string, { waitMs = 0, ...sizes }: Readonly<Record<string, number | undefined>>): void {
  checkWait(waitMs);
  const wrong = Object.entries(sizes).find(([, bytes]) => !Number.isSafeInteger(bytes) || Number(bytes) < 0);
  if (wrong) throw bug(`${wrong[0]} is a whole number of bytes, not ${wrong[1]}`);
  // Found by a request, it would be answered as the caller's own mistake.
  if (!isOperationName(operation)) throw bug(`${operation} is no name for an operation`);
}

function responding(
  { keep: isKept = isOutcome, headers = [] }: Pick<IdempotentOptions<Request, []>, 'keep' | 'headers'>,
  maxResponseBytes: number,
) {
  const kept = headersToKeep(headers);
  return {
    isKept,
    store: async (response: Response) => {
      if (!isKept(response.status)) throw new Passed(response);
      const stored = await storedResponse(response, kept, maxResponseBytes);
      return response.status < 400 ? stored : reject(stored); // so that operators see which was a no
    },
  };
}

/** A response that is no outcome. Thrown, so that the transaction is undone. */
class Passed extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super(`${response.status} is no outcome`);
    this.response = response;
  }
}

/** @throws what is a bug here or the handler's own, for the framework to log and answer. */
function answerTo(error: unknown, docs: string): Response {
  if (error instanceof Passed) return error.response;
  if (isResponse(error)) return error;
  const refusal = problem(error, docs);
  if (refusal === undefined || refusal.status === 500) throw error;
  return refusal;
}

const bug = (message: string) => new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', message);

// By shape: servers replace the global class by one of their own.
const isResponse = (value: unknown): value is Response =>
  typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Response]';

const isSafe = (method: string): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method);

async function unprotected<Tx>(
  once: TransactionalOnce<Tx>,
  operation: string,
  run: (tx: Tx) => Promise<Response>,
  isKept: (status: number) => boolean,
): Promise<Response> {
  const { database } = engineOf<Tx>(once);
  return await database.transaction(async (tx) => {
    const response = await insidePhase(database, operation, () => run(tx));
    if (!isKept(response.status)) throw new Passed(response);
    return response;
  });
}

/** All that a repetition must repeat. The host is left out: a retry may come by another name or port. */
const inputOf = ({ method, url, headers }: Request, body: Uint8Array) => {
  const { pathname, search } = new URL(url);
  return {
    method,
    target: pathname + search,
    contentType: (headers.get('content-type') ?? '').trim().toLowerCase(),
    body: createHash('sha256').update(body).digest('hex'),
  };
};

/** The same request, unread, and of the framework's own class. */
function rebuilt<R extends Request>(request: R, body: Uint8Array<ArrayBuffer>): R {
  const { url, method, headers, signal } = request;
  const init = { method, headers, signal, ...(body.byteLength > 0 && { body }) };
  return new (request.constructor as new (url: string, init: RequestInit) => R)(url, init);
}
