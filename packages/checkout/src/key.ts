import { CheckoutError } from './errors.ts';
import type { AttemptName } from './tracing/attempt-trace.ts';

const KEY = /^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\.(0|[1-9][0-9]{0,8})$/;

/**
 * The idempotency key of the next attempt. Computed, not drawn: reload, Back, a second tab and a second device get the
 * same one without a lock or a message.
 */
export const keyOf = (checkoutId: string, refusals: number): string => `${checkoutId}.${refusals}`;

/** @throws {CheckoutError} `KEY_MALFORMED` when it is not a key of this checkout. @returns the attempt's number */
export function attemptOf(key: string, checkoutId: string): number {
  const named = attemptIn(key);
  if (named?.orderId !== checkoutId) {
    throw new CheckoutError('KEY_MALFORMED', 'an idempotency key is <checkout id>.<number of refusals>');
  }
  return named.attempt;
}

/** The attempt that a key names, its order being its checkout. @returns undefined: it is the key of something else */
export function attemptIn(key: string): AttemptName | undefined {
  const [, orderId, attempt] = KEY.exec(key) ?? [];
  return orderId === undefined ? undefined : { orderId, attempt: Number(attempt) };
}

// No 0/O, 1/I/L, U: it is read out over the phone.
const LETTERS = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Eight letters and digits for people, from the random end of a UUIDv7. For display and search, never for identity. */
export function orderNumber(orderId: string): string {
  let rest = BigInt(`0x${orderId.replaceAll('-', '').slice(-12)}`);
  let text = '';
  for (let i = 0; i < 8; i++) {
    text += LETTERS[Number(rest % BigInt(LETTERS.length))];
    rest /= BigInt(LETTERS.length);
  }
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}

/**
 * An order number as people write it, in the figure that the database finds it by (`orderNumberOf` in @once/db). A payment
 * number (`7Q2K-9MZD-1`) is its order's. @returns undefined when it is none
 */
export function orderFigure(text: string): bigint | undefined {
  const [, ...halves] = /^([0-9A-Z]{4})[ -]?([0-9A-Z]{4})(?:-\d{1,9})?$/.exec(text.trim().toUpperCase()) ?? [];
  const places = halves
    .join('')
    .split('')
    .map((letter) => LETTERS.indexOf(letter));
  if (places.length !== 8 || places.includes(-1)) return undefined;
  return places.reduceRight((figure, place) => figure * BigInt(LETTERS.length) + BigInt(place), 0n);
}
