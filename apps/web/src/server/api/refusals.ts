import type { CheckoutError, CheckoutErrorCode } from '@once/checkout';
import { isOutage } from '@once/db';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { OverloadedError } from '#server/door/gate.ts';
import type { RateLimitedError } from '#server/door/rate-limits.ts';

type TRPCCode = TRPCError['code'];

// A record of all codes, so that a new one does not compile until somebody decides what the client is told.
const STATUS: Readonly<Record<CheckoutErrorCode, TRPCCode>> = {
  NOT_FOUND: 'NOT_FOUND',
  CART_FULL: 'CONFLICT',
  CART_EMPTY: 'CONFLICT',
  COPY_SOLD: 'CONFLICT',
  COPY_HELD: 'CONFLICT',
  SOLD_OUT: 'CONFLICT',
  ALL_HELD: 'CONFLICT',
  FRAME_NOT_OFFERED: 'CONFLICT',
  PAYMENT_OPEN: 'CONFLICT',
  CHECKOUT_ENDED: 'CONFLICT',
  CHECKOUT_INCOMPLETE: 'PRECONDITION_FAILED',
  NO_EXTENSION_LEFT: 'CONFLICT',
  PROMOTION_INVALID: 'CONFLICT',
  BOUGHT_JUST_NOW: 'CONFLICT',
  PAYMENT_UNKNOWN: 'CONFLICT',
  NOT_PAID: 'CONFLICT',
  DISPUTED: 'CONFLICT',
  REFUND_INVALID: 'BAD_REQUEST',
  REVIEW_OPEN: 'CONFLICT',
  ERASE_OPEN: 'CONFLICT',
  KEY_MALFORMED: 'BAD_REQUEST',
  KEY_REUSED: 'UNPROCESSABLE_CONTENT',
  UNAVAILABLE: 'SERVICE_UNAVAILABLE',
};

/** What a client can tell refusals apart by: the shop's own codes, and those of requests that never reached it. */
export type ErrorCode =
  | CheckoutErrorCode
  | 'INPUT_INVALID'
  | 'REQUEST_INVALID'
  | 'BODY_TOO_LARGE'
  | 'CARD_NUMBER'
  | 'ORIGIN_FOREIGN'
  | 'RATE_LIMITED'
  | 'OVERLOADED'
  | 'SIGN_IN_NEEDED'
  | 'INTERNAL';

export interface ErrorFacts {
  readonly message: string;
  readonly errorCode: ErrorCode;
  readonly copies?: readonly { readonly slug: string; readonly number: number }[];
  /** The order that it is about. */
  readonly orderId?: string;
  /** What is wrong with the input, field by field. */
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
}

/** Gives an error of the shop, or of a database that cannot be reached, the transport's code for it. */
export function asTRPCError(error: unknown): TRPCError {
  const cause = error instanceof TRPCError && error.cause ? error.cause : error;
  if (isCheckoutError(cause)) return new TRPCError({ code: STATUS[cause.code], message: cause.message, cause });
  if (isRateLimited(cause)) return new TRPCError({ code: 'TOO_MANY_REQUESTS', cause });
  if (isOverloaded(cause)) return new TRPCError({ code: 'SERVICE_UNAVAILABLE', cause });
  if (isOutage(cause) || isGivenUp(cause)) return new TRPCError({ code: 'SERVICE_UNAVAILABLE', cause });
  return error instanceof TRPCError ? error : new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause });
}

/** What of an error may leave the house: never its cause, and its message only where it was written for the client. */
export function clientFacts(error: TRPCError): ErrorFacts {
  const { cause } = error;
  if (isCheckoutError(cause)) {
    // One message for what is missing and for what is somebody else's: the two must look alike to the byte.
    if (cause.code === 'NOT_FOUND') return { message: 'not found', errorCode: 'NOT_FOUND' };
    const { code: errorCode, message, copies, orderId } = cause;
    return { message, errorCode, ...(copies.length > 0 && { copies }), ...(orderId !== undefined && { orderId }) };
  }
  if (error.code === 'BAD_REQUEST' && cause instanceof z.ZodError) {
    const issues = cause.issues.slice(0, 20).map(({ path, message }) => ({ path: path.join('.'), message }));
    const aboutKey = issues.some(({ path }) => path === 'idempotencyKey');
    return { message: 'the input is not valid', errorCode: aboutKey ? 'KEY_MALFORMED' : 'INPUT_INVALID', issues };
  }
  if (error.code === 'TOO_MANY_REQUESTS') return { message: 'too many requests', errorCode: 'RATE_LIMITED' };
  if (isOverloaded(cause)) return { message: 'try the same request again', errorCode: 'OVERLOADED' };
  if (error.code === 'UNAUTHORIZED') return { message: 'sign in first', errorCode: 'SIGN_IN_NEEDED' };
  if (error.code === 'SERVICE_UNAVAILABLE') return { message: 'try the same request again', errorCode: 'UNAVAILABLE' };
  if (error.code === 'INTERNAL_SERVER_ERROR') return { message: 'failed on our side', errorCode: 'INTERNAL' };
  return { message: 'the request is not valid', errorCode: 'REQUEST_INVALID' };
}

/** When to come again, in whole seconds, with what is refused for now. Spread out: they would all come back at once. */
export function retryAfterSeconds(errors: readonly TRPCError[]): number | undefined {
  const waits = errors.flatMap(({ code, cause }) => {
    if (isRateLimited(cause)) return [Math.ceil(cause.retryAfterMs / 1_000)];
    return code === 'SERVICE_UNAVAILABLE' ? [1 + Math.floor(Math.random() * 4)] : [];
  });
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

// By shape: Next may load a class twice in one process, and then instanceof says no to the right error.
function isCheckoutError(error: unknown): error is CheckoutError {
  return error instanceof Error && error.name === 'CheckoutError' && 'code' in error && String(error.code) in STATUS;
}

const isRateLimited = (error: unknown): error is RateLimitedError =>
  error instanceof Error && error.name === 'RateLimitedError';
const isOverloaded = (error: unknown): error is OverloadedError =>
  error instanceof Error && error.name === 'OverloadedError';

/** A statement waited for longer than `lock_timeout` or `statement_timeout`, or somebody cancelled it. */
const isGivenUp = (error: unknown): boolean =>
  error instanceof Error && (('code' in error && /^(55P03|57014)$/.test(String(error.code))) || isGivenUp(error.cause));
