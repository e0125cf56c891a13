// What a refusal looks like over HTTP: RFC 9457 problem details, with a link to what the caller may read about it.
import { type IdempotencyCode, isIdempotencyError } from './errors.ts';

interface Problem {
  readonly status: number;
  readonly title: string;
  /** The same request with the same key may come again. */
  readonly retry?: true;
}

// A record of all codes, so that a new one does not compile until somebody decides what the client is told.
const problems: Readonly<Record<IdempotencyCode, Problem>> = {
  IDEMPOTENCY_KEY_INVALID: { status: 400, title: 'Idempotency-Key, or its scope, is missing or malformed' },
  IDEMPOTENCY_INPUT_INVALID: { status: 400, title: 'The input is not valid' },
  IDEMPOTENCY_FINGERPRINT_MISMATCH: { status: 422, title: 'Idempotency-Key was used with another request' },
  IDEMPOTENCY_KEY_EXPIRED: { status: 422, title: 'Idempotency-Key was used, and its answer is no longer kept' },
  IDEMPOTENCY_IN_FLIGHT: { status: 409, title: 'A request with this Idempotency-Key is in flight', retry: true },
  IDEMPOTENCY_LEASE_LOST: { status: 409, title: 'A request with this Idempotency-Key is in flight', retry: true },
  IDEMPOTENCY_NOT_RESOLVABLE: { status: 409, title: 'There is nothing to resolve' },
  IDEMPOTENCY_VERSION_UNKNOWN: { status: 503, title: 'Another version of the server has to finish this', retry: true },
  IDEMPOTENCY_UNREADABLE: { status: 503, title: 'Temporarily unavailable', retry: true },
  IDEMPOTENCY_UNAVAILABLE: { status: 503, title: 'Temporarily unavailable', retry: true },
  IDEMPOTENCY_OUTCOME_INVALID: { status: 500, title: 'Failed on our side' },
  IDEMPOTENCY_NESTED: { status: 500, title: 'Failed on our side' },
  IDEMPOTENCY_TRANSACTION_OVER: { status: 500, title: 'Failed on our side' },
  IDEMPOTENCY_OPTION_INVALID: { status: 500, title: 'Failed on our side' },
};

/** Where the README is shown. An API has documentation of its own to point at. */
export const defaultDocs = 'https://www.npmjs.com/package/@once/idempotency';

/**
 * A refusal of the library as an `application/problem+json` response; undefined for any other error.
 * @param docs URL of the page that `type` and `Link` point into, by code.
 */
export function problem(error: unknown, docs = defaultDocs): Response | undefined {
  if (!isIdempotencyError(error)) return undefined;
  const { status, title, retry } = problems[error.code];
  const { retryAfterMs = 1_000, issues } = error.facts;
  const type = `${docs}#${error.code}`;
  return details(
    {
      type,
      title,
      status,
      code: error.code,
      ...(status < 500 && { detail: error.message }),
      ...(issues && { issues }),
    },
    {
      link: `<${type}>; rel="describedby"`,
      ...(retry && { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
    },
  );
}

/** A request body of more than `maxBytes`. */
export const tooLarge = (maxBytes: number): Response =>
  details({ type: 'about:blank', title: 'Content Too Large', status: 413, detail: `at most ${maxBytes} bytes` });

function details(body: { readonly status: number; readonly [member: string]: unknown }, headers = {}): Response {
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  });
}
