/** The command was asked wrongly, or has not what it needs. Its message is all that a person needs to mend it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code = 'IDEMPOTENCY_COMMAND';
}
