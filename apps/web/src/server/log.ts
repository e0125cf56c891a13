import pino, { type Logger } from 'pino';

/** Logs in JSON, one line per event, to standard output. Addresses and names never reach it: only ids and codes are logged. */
export function createLog(level: string): Logger {
  return pino({ name: 'web', level, timestamp: pino.stdTimeFunctions.isoTime });
}
