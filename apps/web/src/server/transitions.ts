import type { ShopOptions } from '@once/checkout';
import type { Logger } from 'pino';

/** One line per transition of an operation, with the same field names in every process. Never a key, an input or a name. */
export function logTransitions(log: Logger): NonNullable<ShopOptions['observe']> {
  return ({ name, recordId, operation, fence, phase, code, retryAfterMs, unknownMs, cause }) => {
    const fields = {
      record_id: recordId,
      operation,
      fence,
      phase,
      code,
      retry_after_ms: retryAfterMs,
      unknown_ms: unknownMs,
    };
    const why = cause instanceof Error && { err: cause };
    // Nobody goes on with a parked record until a person decides: the one to be alerted by.
    if (name === 'parked') log.error({ ...fields, ...why }, name);
    else if (name === 'lease_lost' || name === 'unknown' || name === 'failed') log.warn({ ...fields, ...why }, name);
    else log.info(fields, name);
  };
}
