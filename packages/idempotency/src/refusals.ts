// What a record that is there says to somebody else.
import { factsOf, type Request } from './engine.ts';
import { IdempotencyError } from './errors.ts';
import type { Decision } from './state.ts';

export function refusal({ kind }: Pick<Decision, 'kind'>, request: Request): IdempotencyError | undefined {
  const facts = factsOf(request);
  switch (kind) {
    case 'mismatch':
      return new IdempotencyError('IDEMPOTENCY_FINGERPRINT_MISMATCH', 'this key was used with another input', facts);
    case 'expired':
      return new IdempotencyError('IDEMPOTENCY_KEY_EXPIRED', 'it ran; its outcome is no longer kept', facts);
    default:
      return undefined;
  }
}

export const inFlight = (request: Request, dueInMs: number) =>
  new IdempotencyError('IDEMPOTENCY_IN_FLIGHT', 'another caller is doing this', {
    ...factsOf(request),
    retryAfterMs: Math.max(dueInMs, 100),
  });
