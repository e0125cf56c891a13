// The Idempotency-Key header. draft-ietf-httpapi-idempotency-key-header-07 makes it a structured-field string (RFC 8941),
// most clients send the bare text, and a retry may come through another client: both forms name the same key.
import { IdempotencyError } from './errors.ts';
import { visibleAscii } from './identity.ts';

const string = String.raw`"(?:[ !#-\[\]-~]|\\["\\])*"`;
const bareItem = String.raw`-?\d{1,12}\.\d{1,3}|-?\d{1,15}|${string}|[A-Za-z*][\w!#$%&'*+.^\x60|~:/-]*|:[\w+/=]*:|\?[01]`;
const parameter = `; *[a-z*][a-z0-9_.*-]*(?:=(?:${bareItem}))?`;
/** A string with parameters, which mean nothing to us and may be there. */
const structured = new RegExp(`^ *(${string})(?:${parameter})* *$`);
/** Without what a structured field or a list is made of: two headers arrive joined by a comma, and are no key. */
const bare = /^[^",;\\]*$/;

/**
 * The key in a request's `Idempotency-Key` header.
 * @throws {IdempotencyError} IDEMPOTENCY_KEY_INVALID when it is missing, malformed, or there more than once.
 */
export function idempotencyKey(headers: Pick<Headers, 'get'>): string {
  const field = headers.get('idempotency-key') ?? '';
  if (field === '') throw new IdempotencyError('IDEMPOTENCY_KEY_INVALID', 'the Idempotency-Key header is missing');
  const quoted = structured.exec(field)?.[1];
  const key = quoted === undefined ? field : quoted.slice(1, -1).replaceAll(/\\(["\\])/g, '$1');
  if ((quoted !== undefined || bare.test(key)) && visibleAscii.test(key)) return key;
  throw new IdempotencyError(
    'IDEMPOTENCY_KEY_INVALID',
    'an Idempotency-Key is sent once, as 1 to 255 visible ASCII characters: in double quotes, or bare without " , ; \\',
  );
}
