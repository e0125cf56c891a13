import type { Status } from '@once/checkout';

/** What a status means to a page that has sent attempt `sent`, or to one that has sent nothing. */
export type Verdict =
  /** The order has its page now. */
  | 'leave'
  /** On its way: nothing may be sent, the page asks again. */
  | 'wait'
  /** Refused, and the next press has a new key. */
  | 'refused'
  /** The shop knows nothing of what was sent, yet: it may still arrive. */
  | 'unheard'
  /** Nothing was sent. */
  | 'idle';

/** @param sent the number of the attempt whose answer is missing */
export function verdictOf(status: Status, sent?: number): Verdict {
  switch (status.answer) {
    case 'processing':
    case 'unknown':
    case 'requires_action':
      return 'wait';
    case 'paid':
    case 'refunded':
    case 'returned':
    case 'needs_review':
      return 'leave';
    case 'cancelled':
      return 'refused';
    case 'declined':
    case 'changed':
      // The checkout has ended: what was sent cannot arrive any more.
      if (status.holdUntil === null) return 'refused';
      // A refusal raises the number. One that has not been raised past ours is the answer to an earlier attempt.
      return sent !== undefined && status.refusals <= sent ? 'unheard' : 'refused';
    case 'open':
      return sent === undefined || status.refusals > sent ? 'idle' : 'unheard';
  }
}
