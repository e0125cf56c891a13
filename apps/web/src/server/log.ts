import { logPrivacy } from '@once/checkout/log';
import { underWayFields } from '@once/checkout/under-way';
import pino, { type DestinationStream, type Logger } from 'pino';

/** Kept back at most while nothing can be written; lines beyond it are lost. */
const KEPT_BYTES = 1_000_000;

/** Logs in JSON, one line per event, to standard output. Addresses and names never reach it. */
export function createLog(level: string): Logger {
  return pino(
    { name: 'web', level, ...logPrivacy, mixin: underWayFields, timestamp: pino.stdTimeFunctions.isoTime },
    standardOutput(),
  );
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
