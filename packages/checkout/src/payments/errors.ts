/** The provider's answer cannot be read as what was asked for. The outcome is unknown. */
export class UnreadableAnswerError extends Error {
  override readonly name = 'UnreadableAnswerError';
  readonly code = 'PAYMENTS_UNREADABLE_ANSWER';
}

/** Something of the same account that another program made. It is none of this shop's business. */
export class ForeignObjectError extends Error {
  override readonly name = 'ForeignObjectError';
  readonly code = 'PAYMENTS_FOREIGN_OBJECT';
}

/** An event that was not signed with a secret of ours, not lately, or that is none. */
export class WebhookRefusedError extends Error {
  override readonly name = 'WebhookRefusedError';
  readonly code = 'PAYMENTS_WEBHOOK_REFUSED';
}

/** Key and address of the provider do not go together. The process must not start. */
export class PaymentsConfigError extends Error {
  override readonly name = 'PaymentsConfigError';
  readonly code = 'PAYMENTS_CONFIG';
}

/** Somebody else may have gone on with this payment: nothing was sent. */
export class LeaseOverError extends Error {
  override readonly name = 'LeaseOverError';
  readonly code = 'PAYMENTS_LEASE_OVER';
}
