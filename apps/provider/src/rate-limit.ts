import { errorAnswer } from './answer.ts';
import { ApiError, withDocUrl } from './errors.ts';
import type { AnswerEffect } from './faults/fault.ts';

/** Above so many accounts, those that have not asked for a while are forgotten. */
const MAX_REMEMBERED = 1_000;

/** So many requests a second for each account, with as many at once; Stripe's sandboxes take 25. */
export class RateLimiter {
  readonly #perSecond: number;
  readonly #accounts = new Map<string, { left: number; atMs: number }>();

  /** @param perSecond 0: no limit */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** @returns false: the account has used up what it may ask for now. */
  admits(account: string): boolean {
    if (this.#perSecond === 0) return true;
    const nowMs = performance.now();
    const before = this.#accounts.get(account) ?? { left: this.#perSecond, atMs: nowMs };
    const left = Math.min(this.#perSecond, before.left + ((nowMs - before.atMs) / 1000) * this.#perSecond);
    const isAdmitted = left >= 1;
    this.#accounts.set(account, { left: isAdmitted ? left - 1 : left, atMs: nowMs });
    if (this.#accounts.size > MAX_REMEMBERED) this.#forget(nowMs);
    return isAdmitted;
  }

  /** After a second everybody may ask for all of it again, as if he had never been here. */
  #forget(nowMs: number): void {
    for (const [account, { atMs }] of this.#accounts) if (nowMs - atMs >= 1_000) this.#accounts.delete(account);
  }
}

/** 429, never stored: the limiter stands before the idempotency keys. No Stripe-Should-Retry, as at Stripe. */
export function rateLimited(reason: string | undefined): AnswerEffect {
  const body = { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' } as const;
  return {
    kind: 'answer',
    name: 'rate_limit',
    answer: errorAnswer(new ApiError(429, withDocUrl(body), 'unsaid')),
    headers: reason === undefined ? {} : { 'stripe-rate-limited-reason': reason },
    stored: false,
  };
}
