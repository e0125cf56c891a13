export type BenchErrorCode = 'NAME_UNKNOWN' | 'WRONG_RESULT' | 'TOO_SLOW' | 'NOT_SERVED' | 'DOCUMENT_MARKERS';

/** Why there is no figure. A figure of something that went wrong would be worse than none. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly code: BenchErrorCode;

  constructor(code: BenchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
