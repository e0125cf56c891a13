import type { DeclineReason } from './payments/payments.ts';

/** What `pay` and `status` say. `paid`, `declined` and `changed` are final for their attempt; the rest is open or the order's. */
export type Answer =
  | { readonly answer: 'paid'; readonly how: 'succeeded' | 'recovered' | 'already_paid' }
  | { readonly answer: 'declined'; readonly reason: DeclineReason; readonly last4: string | null }
  | {
      readonly answer: 'changed';
      readonly reason: 'price_changed' | 'promotion_ended';
      readonly oldTotalMinor: number;
      readonly newTotalMinor: number;
    }
  | { readonly answer: 'changed'; readonly reason: 'copy_sold'; readonly copies: readonly LineName[] }
  | { readonly answer: 'changed'; readonly reason: 'hold_ended' | 'cancelled' }
  /** The bank wants to see the shopper: send the browser to `redirectUrl`. */
  | { readonly answer: 'requires_action'; readonly redirectUrl: string }
  /** On its way, here or in another request; ask `status` after `retryAfterMs`. */
  | { readonly answer: 'processing'; readonly retryAfterMs: number }
  /** The answer was lost; we are looking it up. */
  | { readonly answer: 'unknown'; readonly retryAfterMs: number }
  | { readonly answer: 'needs_review' }
  | { readonly answer: 'cancelled' | 'refunded' | 'returned' }
  /** No attempt is open and none was refused: nothing was sent. `status` only. */
  | { readonly answer: 'open' };

export interface LineName {
  readonly slug: string;
  readonly title: string;
  readonly number: number;
}

/** An answer with what its page must show. `refusals` is the number of the next key. */
export type Status = Answer & {
  readonly checkoutId: string;
  /** For people; derived from the id. */
  readonly orderNumber: string;
  /** Whether an order exists: from the first accepted reserve on. Its page is `/orders/<checkoutId>`. */
  readonly hasOrder: boolean;
  readonly refusals: number;
  readonly totalMinor: number;
  readonly currency: string;
  readonly email: string | null;
  /** Last four digits of the card of the latest attempt. */
  readonly last4: string | null;
  readonly holdUntil: Date | null;
  readonly lines: readonly LineName[];
};
