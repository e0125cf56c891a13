import type { Tx } from '@once/db';
import { isIdempotencyError, type Rejection, reject } from '@once/idempotency';
import type { Actor } from '../audit.ts';
import { asCheckoutError } from '../press.ts';
import type { Shop } from '../shop.ts';

/** Somebody of the staff who moves something by hand. */
export interface ByHand {
  readonly actor: Actor & `staff:${string}`;
  readonly reason: string;
  /** A UUIDv7 that the page makes once per intent: a double click, or an answer that was lost, is one action. */
  readonly requestId: string;
}

/** `moved`: somebody or something was first, and nothing was done. `now` is how it stands, in a word. */
export type HandAnswer = { readonly answer: 'done' } | Moved;
export type Moved = { readonly answer: 'moved'; readonly now: string };

export const moved = (now: string | null | undefined): Rejection<Moved> =>
  reject({ answer: 'moved' as const, now: now ?? 'gone' });

/**
 * Does by hand what `body` does, once per request id: its writes, its audit row and its answer are one commit. So the same
 * request gets the same answer however often it comes, also after a COMMIT whose answer was lost.
 *
 * @param operation `staff.<verb>_<noun>`
 * @param scope what is moved
 * @throws {CheckoutError} `KEY_REUSED`, `UNAVAILABLE`, and what `body` throws
 */
export async function byHand(
  shop: Shop,
  named: { readonly operation: `staff.${string}`; readonly scope: string },
  { requestId, actor, reason }: ByHand,
  body: (tx: Tx) => Promise<Rejection<Moved> | undefined>,
): Promise<HandAnswer> {
  const request = { ...named, key: requestId, input: { actor, reason } };
  try {
    const settled = await shop.once.transaction(request, async (tx) => (await body(tx)) ?? null);
    return settled.status === 'succeeded' ? { answer: 'done' } : settled.reason;
  } catch (error) {
    throw isIdempotencyError(error) ? asCheckoutError(error) : error;
  }
}
