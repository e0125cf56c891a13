import type { ShopOptions } from './shop.ts';

/** A logger of pino's, as far as it is needed here. */
type Write = (fields: object, message: string) => void;
type TransitionLog = Readonly<Record<'error' | 'warn' | 'info' | 'debug', Write>>;

/**
 * One line per transition of an operation, with the same field names in every process. Never a key, an input or a name.
 * `parked` is the one to be alerted by: nobody goes on with that record until a person decides.
 */
export function logTransitions(log: TransitionLog): NonNullable<ShopOptions['observe']> {
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
    if (name === 'parked') log.error({ ...fields, ...why }, name);
    else if (name === 'lease_lost' || name === 'unknown' || name === 'failed') log.warn({ ...fields, ...why }, name);
    else if (name === 'expired' || name === 'forgotten')
      log.debug(fields, name); // thousands at once
    else log.info(fields, name);
  };
}
