import type { ShopOptions } from '@once/checkout';
import type { Logger } from 'pino';

/** One line per transition of an operation, with the same field names in every process. Never a key, an input or a name. */
export function logTransitions(log: Logger): NonNullable<ShopOptions['observe']> {
  return ({ name, recordId, operation, fence, phase, code, retryAfterMs, cause }) => {
    const fields = { record_id: recordId, operation, fence, phase, code, retry_after_ms: retryAfterMs };
    const attention = name === 'parked' || name === 'lease_lost' || name === 'unknown' || name === 'failed';
    if (attention) log.warn({ ...fields, ...(cause instanceof Error && { err: cause }) }, name);
    else log.info(fields, name);
  };
}
