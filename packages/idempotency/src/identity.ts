// What makes two requests the same one, and what is derived from it. Nothing here depends on a row, a fence or a clock,
// so it comes out equal in every process and after the loss of the record.
import { createHash } from 'node:crypto';
import { IdempotencyError } from './errors.ts';

export interface Identity {
  readonly operation: string;
  /** Whose namespace the key lives in: a customer, a cart, a queue. Keys of two scopes never meet. */
  readonly scope: string;
  /** The caller's idempotency key: 1 to 255 visible ASCII characters, kept before the first send. */
  readonly key: string;
}

export const visibleAscii = /^[\x21-\x7e]{1,255}$/;
const control = /\p{Cc}/u;
const operationPattern = /^[A-Za-z][A-Za-z0-9._:/-]{0,99}$/;

/** Asked of what JavaScript hands over, too: a pattern would take undefined for the name `undefined`. */
export const isOperationName = (name: unknown): boolean => typeof name === 'string' && operationPattern.test(name);

/** @throws {IdempotencyError} IDEMPOTENCY_KEY_INVALID. */
export function checkIdentity({ operation, scope, key }: Identity): void {
  const reason = !isOperationName(operation)
    ? 'an operation is 1 to 100 letters, digits and . _ : / -, a letter first'
    : typeof scope !== 'string' ||
        scope.length < 1 ||
        scope.length > 255 ||
        control.test(scope) ||
        !scope.isWellFormed()
      ? 'a scope is 1 to 255 well-formed characters, none of control'
      : typeof key !== 'string' || !visibleAscii.test(key)
        ? 'a key is 1 to 255 visible ASCII characters'
        : undefined;
  if (reason !== undefined) throw new IdempotencyError('IDEMPOTENCY_KEY_INVALID', reason, { operation });
}

const leadingUuidV7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![0-9a-f-])/i;

/**
 * The record's UUID: 80 bits of SHA-256 behind the 48-bit time of a UUIDv7 that the key starts with, else behind more
 * bits of the digest. Neighbours in time are then neighbours in the index: WAL per claim falls to less than a third.
 */
export function recordId({ scope, operation, key }: Identity): string {
  const hex = digest(scope, operation, key).toString('hex');
  const time = leadingUuidV7.exec(key);
  const id = time === null ? hex : `${time[1]}${time[2]}`.toLowerCase() + hex.slice(12);
  return [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20, 32)].join('-');
}

/**
 * Same key with another fingerprint is another request, and refused. Covers the identity: an id may collide, this not.
 * @returns hex; seal.ts puts a secret into it where there is one.
 */
export const fingerprintOf = ({ scope, operation, key }: Identity, canonicalInput: string): string =>
  digest(scope, operation, key, canonicalInput).toString('hex');

/** The key that a call sends downstream: equal in every try, so the other side can recognise a repetition. */
export const derivedKey = ({ scope, operation, key }: Identity, call: string): string =>
  `once_${digest(scope, operation, key, call).toString('base64url')}`;

/** Length-prefixed, so that ('ab', 'c') and ('a', 'bc') differ. */
export function digest(...parts: readonly string[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest();
}
