import type { Status } from '@once/checkout';
import { money } from './money.ts';
import type { StatusId } from './status-copy.ts';
import type { Facts } from './words.ts';

/** Which words belong to an answer. Null: there is nothing to say, since nothing was sent. */
export function copyOf(status: Status): StatusId | null {
  switch (status.answer) {
    case 'paid':
      return status.how;
    case 'declined':
      return status.reason === 'provider_unavailable' ? 'provider_down' : status.reason;
    case 'changed':
      return status.reason;
    case 'requires_action':
      return 'needs_action';
    case 'processing':
      return 'slow';
    case 'unknown':
      return 'outcome_unknown';
    case 'needs_review':
    case 'cancelled':
    case 'refunded':
    case 'returned':
      return status.answer;
    case 'open':
      return null;
  }
}

/** The facts that an answer carries for its words. @param time the end of the hold, in the shopper's own time zone */
export function factsOf(status: Status, time: string | undefined): Facts {
  const changed = status.answer === 'changed' ? status : undefined;
  return {
    copies: changed?.reason === 'copy_sold' ? changed.copies : status.lines,
    time,
    email: status.email ?? undefined,
    total: money(status.totalMinor, status.currency),
    last4: status.last4 ?? undefined,
    ...((changed?.reason === 'price_changed' || changed?.reason === 'promotion_ended') && {
      old: money(changed.oldTotalMinor, status.currency),
      new: money(changed.newTotalMinor, status.currency),
    }),
  };
}

/** Whether the answer may still become another without the shopper doing anything. */
export const isOpen = (status: Status): boolean =>
  status.answer === 'processing' ||
  status.answer === 'unknown' ||
  status.answer === 'requires_action' ||
  status.answer === 'needs_review';
