/** What a driver, not the server, says, under the SQLSTATE that says the same: whoever reads those understands it. */
export class SqlStateError extends Error {
  override readonly name = 'SqlStateError';
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
