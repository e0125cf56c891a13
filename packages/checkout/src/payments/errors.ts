/** The provider's answer cannot be read as what was asked for. The outcome is unknown. */
export class UnreadableAnswerError extends Error {
  override readonly name = 'UnreadableAnswerError';
  readonly code = 'PAYMENTS_UNREADABLE_ANSWER';
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
