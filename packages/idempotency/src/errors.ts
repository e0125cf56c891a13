/** Every refusal of the library. `retry` in the README's table says which may be tried again with the same key. */
export type IdempotencyCode =
  | 'IDEMPOTENCY_OPTION_INVALID'
  | 'IDEMPOTENCY_KEY_INVALID'
  | 'IDEMPOTENCY_INPUT_INVALID'
  | 'IDEMPOTENCY_OUTCOME_INVALID'
  | 'IDEMPOTENCY_FINGERPRINT_MISMATCH'
  | 'IDEMPOTENCY_KEY_EXPIRED'
  | 'IDEMPOTENCY_IN_FLIGHT'
  | 'IDEMPOTENCY_LEASE_LOST'
  | 'IDEMPOTENCY_VERSION_UNKNOWN'
  | 'IDEMPOTENCY_UNREADABLE'
  | 'IDEMPOTENCY_UNAVAILABLE'
  | 'IDEMPOTENCY_NOT_RESOLVABLE'
  | 'IDEMPOTENCY_NESTED'
  | 'IDEMPOTENCY_TRANSACTION_OVER';

export interface IdempotencyFacts {
  readonly operation?: string;
  readonly scope?: string;
  /** Milliseconds after which a retry with the same key makes sense. */
  readonly retryAfterMs?: number;
  /** What the input schema objected to. */
  readonly issues?: readonly { readonly message: string }[];
}

/** The only error that the library throws of its own; what a phase throws passes through untouched. */
export class IdempotencyError<Code extends IdempotencyCode = IdempotencyCode> extends Error {
  override readonly name = 'IdempotencyError';
  readonly code: Code;
  readonly facts: IdempotencyFacts;

  constructor(code: Code, message: string, facts: IdempotencyFacts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }
}

/** By shape, so that two copies of the package in one process recognise each other's errors. */
export const isIdempotencyError = (error: unknown): error is IdempotencyError =>
  error instanceof Error && error.name === 'IdempotencyError' && 'code' in error && 'facts' in error;

/** Another taking of the record owns it: whatever this one was about to write must not be kept. */
export class LeaseLostError extends IdempotencyError<'IDEMPOTENCY_LEASE_LOST'> {
  constructor(facts: IdempotencyFacts) {
    super('IDEMPOTENCY_LEASE_LOST', 'another holder has taken over: this phase kept nothing', facts);
  }
}
