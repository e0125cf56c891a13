export type LocalPostgresErrorCode =
  | 'POSTGRES_URL_INVALID'
  | 'POSTGRES_UNREACHABLE'
  | 'POSTGRES_DATABASE_MISSING'
  | 'POSTGRES_DATABASE_NAME'
  | 'POSTGRES_TOO_OLD'
  | 'POSTGRES_PLATFORM'
  | 'POSTGRES_DATA_DIR'
  | 'POSTGRES_OTHER_OWNER'
  | 'POSTGRES_NO_USER'
  | 'POSTGRES_BINARIES'
  | 'POSTGRES_PORT_IN_USE'
  | 'POSTGRES_NOT_STARTED'
  | 'TEST_POSTGRES_MISSING'
  | 'TEST_TEMPLATE_MISSING'
  | 'TEST_TEMPLATE_NAME';

/** Why there is no database. The message is one line, says what to do, and never holds a password. */
export class LocalPostgresError extends Error {
  readonly code: LocalPostgresErrorCode;

  constructor(code: LocalPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocalPostgresError';
    this.code = code;
  }
}

export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** One line that says what went wrong, also for an error whose message is empty (Node's AggregateError). */
export function reason(error: unknown): string {
  const text = error instanceof Error && error.message !== '' ? error.message : (errorCode(error) ?? String(error));
  return text.split('\n', 1)[0] ?? text;
}
