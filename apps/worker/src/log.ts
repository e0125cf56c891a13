import { logPrivacy } from '@once/checkout/log';
import { underWayFields } from '@once/checkout/under-way';
import { type DestinationStream, type Logger, pino } from 'pino';

/** Kept back at most while nothing can be written; lines beyond it are lost. */
const KEPT_BYTES = 1_000_000;

/** Logs in JSON, one line per event, to standard output. */
export function createLog(): Logger {
  return pino({ base: { app: 'worker' }, ...logPrivacy, mixin: underWayFields }, standardOutput());
}

/**
 * A full disk must not end the process, which an error that nobody listens to would do; what could not be written goes out
 * with the next line that can. Synchronous: a process that is killed has said what it did, and pino's flush at exit, which
 * tries for ever on a full disk, is not there.
 */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true, maxLength: KEPT_BYTES });
  output.on('error', () => {});
  return output;
}
