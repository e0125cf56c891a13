export type LabErrorCode = 'ENV_INVALID' | 'NO_SUCH_RUN' | 'NO_SUCH_SCENARIO' | 'TOO_MANY' | 'NOT_READY' | 'PROVIDER';

export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
