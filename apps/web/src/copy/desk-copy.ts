import type { AccountAction, AuditAction, CheckoutErrorCode } from '@once/checkout';
import type { schema } from '@once/db';

// Words of the back office. Short and exact: they are read at night, on a phone.

/** What an entry of the audit says. */
const ACTIONS: Readonly<Record<AuditAction | AccountAction, string>> = {
  'order.reserved': 'Order born, copies reserved',
  'order.paid': 'Paid',
  'order.cancelled': 'Cancelled, copies freed',
  'order.refunded': 'Refunded in full, certificates void',
  'order.returned': 'Money returned: a copy was gone',
  'order.flagged': 'Flagged for review',
  'order.reviewed': 'Reviewed, flag taken away',
  'attempt.opened': 'Pay pressed, attempt opened',
  'attempt.declined': 'Declined',
  'attempt.cancelled': 'Attempt ended, not charged',
  'intent.stored': 'Intent stored, for life',
  'refund.requested': 'Refund asked for',
  'order.restored': 'Made again from what the provider has, after a restore',
  'order.lost': 'Paid at the provider, and lost in a restore',
  'refund.pending': 'Refund on its way',
  'refund.succeeded': 'Refund paid out',
  'refund.failed': 'Refund failed',
  'dispute.open': 'Disputed by the cardholder’s bank',
  'dispute.closed': 'Dispute closed, the money stays',
  'dispute.lost': 'Dispute lost, the money is gone',
  'operation.woken': 'Operation woken',
  'operation.parked': 'Operation parked',
  'operation.resolved': 'Operation resolved by the provider’s word',
  'event.retried': 'Provider event put back into the inbox',
  'letter.retried': 'Mail put back into the outbox',
  'difference.settled': 'Difference marked as settled',
  'promotion.created': 'Promotion created',
  'promotion.ended': 'Promotion ended',
  'restore.begun': 'Comparison with the provider begun, after a restore',
  'restore.compared': 'Compared with the provider after a restore; the shop is open',
  'order.claimed': 'Claimed by an account with its email',
  'order.erased': 'Its customer was forgotten',
  'order.link_ended': 'The link to its receipt was ended',
  'account.created': 'Account created',
  'account.signed_in': 'Signed in',
  'account.signed_out': 'Signed out',
  'account.signed_out_everywhere': 'Signed out everywhere',
  'account.password_reset': 'Password set anew',
  'account.erased': 'Account forgotten',
  'staff.entered': 'Came into the back office',
};

export const actionWords = (action: string): string =>
  (ACTIONS as Readonly<Record<string, string | undefined>>)[action] ?? action;

/** Why a person must look at an order, and what there is to do. */
const REVIEWS: Readonly<Record<string, { readonly title: string; readonly todo: string }>> = {
  address_lost: {
    title: 'The address was typed after the instant that the database was restored to.',
    todo: 'Ask the customer, whose name and email the provider has with the charge.',
  },
  amount_differs: {
    title: 'The charge is not what was ordered.',
    todo: 'Compare ledger and provider below; refund what is too much, then mark it as reviewed.',
  },
  charge_reversed: {
    title: 'The provider has taken its charge back.',
    todo: 'It had said that it was paid. Keep the print here, ask the customer to pay again or cancel with them, and settle the difference.',
  },
  copy_gone: {
    title: 'The money came for a copy that somebody else has.',
    todo: 'The worker returns all of it by itself. The flag goes when it is back.',
  },
  refund_failed: {
    title: 'A refund did not go through.',
    todo: 'Its amount can be refunded again. Ask the customer for another way if it fails twice.',
  },
  refund_unexpected: {
    title: 'The provider gave back more than the charge has left.',
    todo: 'Compare ledger and provider below, and ask whoever works there.',
  },
  second_charge: {
    title: 'The provider has a second charge for this order.',
    todo: 'Refund it at the provider by hand: it is not in our ledger. Then settle the difference.',
  },
  disputed: {
    title: 'The cardholder’s bank disputes the charge.',
    todo: 'Refunds are blocked until the bank has decided. The flag goes when the dispute is closed.',
  },
};

export const reviewWords = (reason: string): { readonly title: string; readonly todo: string } =>
  REVIEWS[reason] ?? { title: `Flagged: ${reason}.`, todo: 'Find out why, then mark it as reviewed.' };

/** Reasons whose flag goes by itself. */
export const endsByItself = (reason: string): boolean => reason === 'disputed' || reason === 'copy_gone';

const OPERATIONS: Readonly<Record<string, string>> = {
  'checkout.pay': 'Payment',
  'checkout.refund': 'Refund',
  'checkout.cancel': 'Cancellation',
  'checkout.end_hold': 'End of a hold',
};

export const operationWords = (operation: string): string => OPERATIONS[operation] ?? operation;

export const STATE_WORDS = {
  in_flight: 'in flight',
  waiting: 'waiting',
  succeeded: 'succeeded',
  rejected: 'rejected',
  needs_review: 'needs review',
  expired: 'expired',
} as const;

/** How something stands that was moved by somebody else meanwhile. */
const MOVED: Readonly<Record<string, string>> = {
  ...{ gone: 'not there any more', applied: 'applied already', waiting: 'waiting for its next try already' },
  ...{ delivered: 'delivered already', settled: 'settled already', reviewed: 'reviewed already' },
  ...{ taken: 'a code that was given before', ended: 'ended already', needs_review: 'parked' },
  ...{
    in_flight: 'in flight: somebody is at it',
    succeeded: 'settled: it succeeded',
    rejected: 'settled: it was rejected',
  },
  expired: 'settled, long ago',
};

export const movedWords = (now: string): string => `Nothing was done: it is ${MOVED[now] ?? now}.`;

/** Why an action was refused, in the words of whoever pressed. */
const REFUSALS: Readonly<Partial<Record<CheckoutErrorCode | 'INPUT_INVALID', string>>> = {
  NOT_FOUND: 'There is no such thing, or you may not see it.',
  PAYMENT_UNKNOWN: 'The payment is still under way: there may be nothing to give back. Resolve it first.',
  NOT_PAID: 'Nobody has paid for this order.',
  DISPUTED: 'The charge is disputed: the bank decides where the money goes.',
  REFUND_INVALID: 'That cannot be refunded: nothing, or a copy that was given back before.',
  REVIEW_OPEN: 'This flag goes by itself, once what raised it is over.',
  KEY_REUSED: 'This request was sent before with other words. Load the page again.',
  INPUT_INVALID: 'Something that was typed cannot be taken.',
};

export const refusalWords = (code: string): string =>
  (REFUSALS as Readonly<Record<string, string | undefined>>)[code] ?? `Refused: ${code}.`;

export const DIFFERENCES: Readonly<Record<(typeof schema.ledgerDifference.$inferSelect)['kind'], string>> = {
  missing_here: 'The provider has money that our ledger did not know of',
  missing_there: 'Our ledger has money that the provider does not have',
  amount_differs: 'Ledger and provider have another amount',
  second_charge: 'A second charge for one order',
};

export const LETTERS: Readonly<
  Record<(typeof schema.outbox.$inferSelect)['kind'], { readonly name: string; readonly isOfOrder: boolean }>
> = {
  receipt: { name: 'Receipt', isOfOrder: true },
  refund_notice: { name: 'Refund notice', isOfOrder: true },
  confirm_email: { name: 'Link to confirm an email', isOfOrder: false },
  reset_password: { name: 'Link to set a password', isOfOrder: false },
  has_account: { name: 'Notice that there is an account', isOfOrder: false },
};
