export type ProofErrorCode = 'PART_UNKNOWN' | 'OPTION_INVALID' | 'TOOL_FAILED' | 'PATCH_STALE';

/** Why a proof could not be run at all. What a proof finds is its result, not an error. */
export class ProofError extends Error {
  override readonly name = 'ProofError';
  readonly code: ProofErrorCode;

  constructor(code: ProofErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
