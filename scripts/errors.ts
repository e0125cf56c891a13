export type StackErrorCode =
  | 'SETTING_INVALID'
  | 'PORT_IN_USE'
  | 'DATA_DIR_IN_USE'
  | 'BUILD_FAILED'
  | 'PROCESS_ENDED'
  | 'PROCESS_NOT_READY'
  | 'STOPPED';

/** Why the shop does not run. The message is one line that says what to do. */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly code: StackErrorCode;

  constructor(code: StackErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The one line for whoever typed the command: an error with a code was written for people, any other is a bug. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? (error.message.split('\n', 1)[0] ?? error.message) : (error.stack ?? error.message);
}
