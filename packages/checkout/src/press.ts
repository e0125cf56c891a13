import { schema } from '@once/db';
import { type IdempotencyError, isIdempotencyError, type OutcomeOf } from '@once/idempotency';
import { and, eq, sql } from 'drizzle-orm';
import type { Answer, Status } from './answer.ts';
import { CheckoutError } from './errors.ts';
import { attemptOf } from './key.ts';
import { isAttemptMoved } from './reserve.ts';
import { ownCheckout } from './rows.ts';
import type { Shop } from './shop.ts';
import { checkoutStatus, statusOf } from './status.ts';
import { inAttempt } from './tracing/under-way.ts';

const { paymentAttempt } = schema;

export interface PayRequest {
  readonly checkoutId: string;
  /** Whose it is; checked before anything is replayed. */
  readonly cartId: string;
  /** `keyOf(checkoutId, refusals)`, kept with token and total before it is sent, and sent again with them. */
  readonly idempotencyKey: string;
  readonly confirmationToken: string;
  /** What the page showed. Another total charges nothing and answers `changed`. */
  readonly expectedTotalMinor: number;
  /** Asked before anything is begun or gone on with, never before an answer that is stored. What it throws is thrown. */
  readonly admit?: () => Promise<void>;
}

/**
 * What a press of Pay does. The same key gets the same answer however often it comes: a duplicate in flight is
 * `processing`, a settled one is answered from its record.
 *
 * @throws {CheckoutError} `NOT_FOUND`, `KEY_MALFORMED`, `KEY_REUSED` (another card or total under this key; nothing was
 *   sent: ask `checkoutStatus`), `CHECKOUT_INCOMPLETE`, `CART_EMPTY`, `UNAVAILABLE`
 */
export async function payCheckout(shop: Shop, request: PayRequest): Promise<Status> {
  const { checkoutId, cartId, idempotencyKey } = request;
  const row = await ownCheckout(shop.db, checkoutId, cartId);
  const attempt = attemptOf(idempotencyKey, checkoutId);
  return await inAttempt({ orderId: checkoutId, attempt }, 'pay', () => payAttempt(shop, request, { row, attempt }));
}

async function payAttempt(
  shop: Shop,
  request: PayRequest,
  { row, attempt }: { readonly row: Awaited<ReturnType<typeof ownCheckout>>; readonly attempt: number },
): Promise<Status> {
  const { checkoutId, cartId: _cartId, idempotencyKey, admit, ...rest } = request;
  const isOver = row.state === 'ended' || row.refusals > attempt;
  if (!isOver) await admit?.();
  try {
    const outcome = await shop.once.run(shop.workflows.pay, {
      scope: checkoutId,
      key: idempotencyKey,
      input: { checkoutId, attempt, ...rest },
      // Where the row shows that this attempt is over, one narrow SELECT answers.
      replayHint: isOver,
    });
    if ('replayed' in outcome && outcome.replayed) await countReplay(shop, checkoutId, attempt);
    return await statusOf(shop, request, answerTo(outcome));
  } catch (error) {
    // A number that is not the next one, without a record: its page is out of date.
    if (isAttemptMoved(error)) return await checkoutStatus(shop, request);
    if (!isIdempotencyError(error)) throw error;
    if (error.code === 'IDEMPOTENCY_IN_FLIGHT' || error.code === 'IDEMPOTENCY_LEASE_LOST') {
      // One that lost its lease has sent what it had to send: it is the first press, not another one.
      if (error.code === 'IDEMPOTENCY_IN_FLIGHT') await countReplay(shop, checkoutId, attempt);
      return await statusOf(shop, request, { answer: 'processing', retryAfterMs: error.facts.retryAfterMs ?? 1_000 });
    }
    // The record is gone; the order knows.
    if (error.code === 'IDEMPOTENCY_KEY_EXPIRED') return await checkoutStatus(shop, request);
    throw asCheckoutError(error);
  }
}

/** Ends the checkout at the shopper's wish. The answer may be `paid`: then the money was faster. */
export async function cancelCheckout(
  shop: Shop,
  request: { readonly checkoutId: string; readonly cartId: string },
): Promise<Status> {
  const { checkoutId, cartId } = request;
  await ownCheckout(shop.db, checkoutId, cartId);
  try {
    await shop.once.run(shop.workflows.cancel, {
      scope: checkoutId,
      key: `${checkoutId}.cancel`,
      input: { checkoutId },
    });
  } catch (error) {
    if (!isIdempotencyError(error)) throw error;
    // Somebody else is at it: the page asks again.
    if (error.code !== 'IDEMPOTENCY_IN_FLIGHT' && error.code !== 'IDEMPOTENCY_LEASE_LOST') throw asCheckoutError(error);
  }
  return await checkoutStatus(shop, request);
}

/** For the order's page. Skipped where somebody holds the row: a count is not worth waiting for a payment under way. */
async function countReplay({ db, onError }: Shop, orderId: string, attempt: number): Promise<void> {
  const unlocked = sql`exists (select 1 from ${paymentAttempt} held where held.order_id = ${orderId}::uuid
    and held.attempt = ${attempt}::int for no key update skip locked)`;
  await db
    .update(paymentAttempt)
    .set({ replays: sql`${paymentAttempt.replays} + 1` })
    .where(and(eq(paymentAttempt.orderId, orderId), eq(paymentAttempt.attempt, attempt), unlocked))
    .catch(onError);
}

function answerTo(outcome: OutcomeOf<Shop['workflows']['pay']>): Answer {
  switch (outcome.status) {
    case 'succeeded':
      return { answer: 'paid', how: outcome.replayed ? 'already_paid' : outcome.value.how };
    case 'rejected':
      return outcome.reason;
    case 'waiting':
      return outcome.details.redirectUrl
        ? { answer: 'requires_action', redirectUrl: outcome.details.redirectUrl }
        : { answer: 'processing', retryAfterMs: outcome.retryAfterMs };
    case 'unknown':
      return outcome.needsReview
        ? { answer: 'needs_review' }
        : { answer: 'unknown', retryAfterMs: outcome.retryAfterMs };
  }
}

/** The library's refusals in the shop's words; what is a bug of ours stays what it is. */
export function asCheckoutError(error: IdempotencyError): Error {
  switch (error.code) {
    case 'IDEMPOTENCY_FINGERPRINT_MISMATCH':
      return new CheckoutError('KEY_REUSED', 'this key was sent with another card or total', { cause: error });
    case 'IDEMPOTENCY_KEY_INVALID':
      return new CheckoutError('KEY_MALFORMED', error.message, { cause: error });
    case 'IDEMPOTENCY_UNAVAILABLE':
    case 'IDEMPOTENCY_UNREADABLE':
    case 'IDEMPOTENCY_VERSION_UNKNOWN':
      return new CheckoutError('UNAVAILABLE', 'the shop cannot answer just now', { cause: error });
    default:
      return error;
  }
}
