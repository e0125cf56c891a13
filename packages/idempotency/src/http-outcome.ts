// What of a response is an outcome: which statuses, which headers, and the body to the byte.
import { IdempotencyError } from './errors.ts';
import { readWhole } from './http-body.ts';

/** Statuses under 500 that say nothing final: the caller, or the moment, was wrong. As the README lists them. */
export const passedStatuses: readonly number[] = [401, 403, 408, 409, 425, 429];

/** Whether a response with this status is stored. Any other undoes what the handler wrote, and passes through. */
export const isOutcome = (status: number): boolean => status >= 200 && status < 500 && !passedStatuses.includes(status);

/** The headers that are stored. As the README lists them. */
export const keptHeaders: readonly string[] = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'etag',
  'last-modified',
  'link',
  'location',
];

const neverKept =
  /^(set-cookie2?|(proxy-)?auth.*|www-authenticate|proxy-authenticate|connection|content-length|keep-alive|te|trailer|transfer-encoding|upgrade)$/;

/** @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID for a header that would give one caller's secret to another. */
export function headersToKeep(more: readonly string[]): ReadonlySet<string> {
  const names = more.map((name) => name.toLowerCase());
  const refused = names.find((name) => neverKept.test(name));
  if (refused !== undefined) {
    throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', `the header ${refused} is never stored`);
  }
  return new Set([...keptHeaders, ...names]);
}

/** A response in JSON. The body as text where it is UTF-8, which people can read, else in base64. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly encoding: 'utf8' | 'base64';
}

/** @throws {IdempotencyError} IDEMPOTENCY_OUTCOME_INVALID for a body without an end, or over `maxBytes`. */
export async function storedResponse(
  response: Response,
  kept: ReadonlySet<string>,
  maxBytes: number,
): Promise<StoredResponse> {
  const type = response.headers.get('content-type') ?? '';
  if (/^\s*text\/event-stream/i.test(type)) {
    response.body?.cancel().catch(() => {});
    throw unstorable('text/event-stream has no end, so it cannot be stored');
  }
  const bytes = await readWhole(response, maxBytes);
  if (bytes === undefined) {
    throw unstorable(
      `the response is over maxResponseBytes (${maxBytes}), so it cannot be stored and nothing was kept`,
    );
  }
  const headers = [...response.headers].filter(([name]) => kept.has(name));
  return { status: response.status, headers, ...asText(bytes) };
}

export const unstorable = (message: string) => new IdempotencyError('IDEMPOTENCY_OUTCOME_INVALID', message);

/** The response as it was stored, on the first run too. */
export function responseOf({ status, headers, body, encoding }: StoredResponse, replayed: boolean): Response {
  const bytes = Buffer.from(body, encoding);
  const response = new Response(bytes.length === 0 ? null : bytes, {
    status,
    headers: headers.map(([...pair]) => pair),
  });
  if (replayed) response.headers.set('idempotent-replayed', 'true');
  return response;
}

function asText(bytes: Uint8Array): Pick<StoredResponse, 'body' | 'encoding'> {
  try {
    // Without ignoreBOM the first three bytes of some bodies would be lost.
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), encoding: 'utf8' };
  } catch {
    return { body: Buffer.from(bytes).toString('base64'), encoding: 'base64' };
  }
}
