import type { Database } from './database.ts';
import type { Engine, IdempotencyEvent } from './engine.ts';
import { IdempotencyError } from './errors.ts';
import type { Identity } from './identity.ts';

export interface OnceOptions<Tx, Services extends object> {
  readonly database: Database<Tx>;
  /** What calls may use. Transactions never see it. */
  readonly services?: Services;
  /** How long a holder may be silent before another takes over; every commit renews it. 1 000–300 000, default 30 000. */
  readonly leaseMs?: number;
  /** How long a duplicate waits for the first caller's outcome. 0–60 000, default 2 000; also per request. */
  readonly waitMs?: number;
  /** How long a settled outcome is kept. At least 60 000, default 7 days. */
  readonly retentionMs?: number;
  /** Takings without progress before a record is parked for an operator. 1–1 000, default 25. */
  readonly maxTries?: number;
  /** One event per transition, for logs, metrics and spans. What it throws becomes a process warning. */
  readonly observe?: (event: IdempotencyEvent) => void;
  /** Crash points, for tests: may throw, or never resolve. See `@once/idempotency/testing`. */
  readonly at?: (point: string, of: Identity) => void | Promise<void>;
}

const day = 86_400_000;

/** @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID when an option is out of its limits. */
export function engineFrom<Tx, Services extends object>(options: OnceOptions<Tx, Services>): Engine<Tx> {
  const { observe = () => {}, at = () => {} } = options;
  return {
    database: options.database,
    services: options.services ?? {},
    leaseMs: within('leaseMs', options.leaseMs ?? 30_000, 1_000, 300_000),
    waitMs: checkWait(options.waitMs ?? 2_000),
    retentionMs: within('retentionMs', options.retentionMs ?? 7 * day, 60_000, 3_650 * day),
    maxTries: within('maxTries', options.maxTries ?? 25, 1, 1_000),
    emit: (event) => {
      try {
        observe(event);
      } catch (error) {
        // Inside a transaction a throw would undo the caller's work for the sake of a log line.
        process.emitWarning(`observe threw: ${String(error)}`, 'IdempotencyWarning');
      }
    },
    at,
  };
}

/** @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID. */
export const checkWait = (waitMs: number): number => within('waitMs', waitMs, 0, 60_000);

function within(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new IdempotencyError(
    'IDEMPOTENCY_OPTION_INVALID',
    `${name} is a whole number from ${least} to ${most}, not ${value}`,
  );
}
