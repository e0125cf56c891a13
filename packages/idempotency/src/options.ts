import { checkDatabase, type Database } from './database.ts';
import { type Engine, emitTo, type IdempotencyEvent, type Redact, type Span } from './engine.ts';
import { IdempotencyError } from './errors.ts';
import type { Identity } from './identity.ts';
import { type Encryption, openVault } from './seal.ts';
import type { Codec, Json } from './stored.ts';
import { textsOf } from './texts.ts';

export interface OnceOptions<Tx, Services extends object, S = Json> {
  readonly database: Database<Tx>;
  /** What calls may use. Transactions never see it. */
  readonly services?: Services;
  /** How long a holder may be silent before another takes over; every commit renews it. 1 000–300 000, default 30 000. */
  readonly leaseMs?: number;
  /** How long a duplicate waits for the first caller's outcome. 0–60 000, default 2 000; also per request. */
  readonly waitMs?: number;
  /** How long a settled outcome is kept. 60 000 to 10 years, default 7 days. */
  readonly retentionMs?: number;
  /** How long its key is known after that: a retry hears KEY_EXPIRED. 0 to 10 years, default 90 days. */
  readonly tombstoneMs?: number;
  /**
   * Most bytes of one stored text. 1 024 to 8 MiB, default 1 MiB. A larger outcome is returned, and replayed as KEY_EXPIRED;
   * larger results of phases together are OUTCOME_INVALID, a larger input of a workflow is INPUT_INVALID.
   */
  readonly maxOutcomeBytes?: number;
  /** Takings without progress before a record is parked for an operator. 1–1 000, default 25. */
  readonly maxTries?: number;
  /** How values become texts. Default JSON; superjson fits, and lifts the rule that results are JSON. */
  readonly codec?: Codec<S>;
  /** Seals input, progress and outcome, and puts a secret into the fingerprint. Scope, operation and key stay readable. */
  readonly encryption?: Encryption;
  /** What `find` shows of input, progress and outcome. Events and errors never hold any of them. */
  readonly redact?: Redact;
  /** One event per transition, for logs, metrics and spans. What it throws becomes a process warning. */
  readonly observe?: (event: IdempotencyEvent) => void;
  /** Runs every try, and every transaction and call of it, for a tracer. See `@once/idempotency/otel`. */
  readonly span?: Span;
  /** Crash points, for tests: may throw, or never resolve. See `@once/idempotency/testing`. */
  readonly at?: (point: string, of: Identity) => void | Promise<void>;
}

const day = 86_400_000;

/** @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID when an option is out of its limits. */
export function engineFrom<Tx, Services extends object, S>(options: OnceOptions<Tx, Services, S>): Engine<Tx> {
  const { observe = () => {}, at = () => {}, codec = JSON, redact = (value) => value } = options;
  const { span = async (_of, work) => await work() } = options;
  return {
    database: checkDatabase(options.database),
    services: options.services ?? {},
    leaseMs: within('leaseMs', options.leaseMs ?? 30_000, 1_000, 300_000),
    waitMs: checkWait(options.waitMs ?? 2_000),
    retentionMs: within('retentionMs', options.retentionMs ?? 7 * day, 60_000, 3_650 * day),
    tombstoneMs: within('tombstoneMs', options.tombstoneMs ?? 90 * day, 0, 3_650 * day),
    maxOutcomeBytes: within('maxOutcomeBytes', options.maxOutcomeBytes ?? 1_048_576, 1_024, 8_388_608),
    maxTries: within('maxTries', options.maxTries ?? 25, 1, 1_000),
    texts: textsOf(codec as Codec<unknown>, openVault(options.encryption)),
    redact,
    span,
    emit: emitTo(observe),
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
