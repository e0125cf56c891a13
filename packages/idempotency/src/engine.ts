// What every part of the protocol works with: the options, one run of a record, and the events it tells of.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Database } from './database.ts';
import { type IdempotencyCode, IdempotencyError, LeaseLostError } from './errors.ts';
import type { Identity } from './identity.ts';
import type { Sealable } from './seal.ts';
import type { Texts } from './texts.ts';
import type { Definition } from './workflow.ts';

export interface Engine<Tx> {
  readonly database: Database<Tx>;
  readonly services: object;
  readonly leaseMs: number;
  readonly waitMs: number;
  readonly retentionMs: number;
  readonly tombstoneMs: number;
  readonly maxOutcomeBytes: number;
  readonly maxTries: number;
  readonly texts: Texts;
  readonly redact: Redact;
  readonly span: Span;
  readonly emit: (event: IdempotencyEvent) => void;
  /** Crash points; see testing.ts. */
  readonly at: (point: string, of: Identity) => void | Promise<void>;
}

/** Takes out of a value what must not be shown, before `find` returns it. */
export type Redact = (value: unknown, of: { readonly operation: string; readonly field: Shown }) => unknown;
export type Shown = 'input' | 'progress' | 'outcome';

/** Runs a piece of work inside a span of a tracer: a try at an operation, or a transaction or a call of it. */
export type Span = <T>(of: SpanOf, work: () => Promise<T>) => Promise<T>;
export interface SpanOf {
  readonly operation: string;
  readonly recordId: string;
  /** The transaction; undefined for the whole try and for a call. */
  readonly phase?: string;
  /** The call; undefined for the whole try and for a transaction. */
  readonly call?: string;
  /** A worker's try, not a caller's. */
  readonly worker?: boolean;
}

export const inSpan = <Tx, T>(
  { span }: Engine<Tx>,
  { operation, id: recordId }: Pick<Request, 'operation' | 'id'>,
  part: Omit<SpanOf, 'operation' | 'recordId'>,
  work: () => Promise<T>,
): Promise<T> => span({ operation, recordId, ...part }, work);

/** One log line or span event per transition, with the same field names everywhere. Never the key or the input. */
export interface IdempotencyEvent {
  readonly name:
    | 'claimed'
    | 'taken_over'
    | 'advanced'
    | 'settled'
    | 'replayed'
    | 'waiting'
    | 'unknown'
    /** What became of a call that an earlier try may have sent is known now, after `unknownMs`. */
    | 'recovered'
    /** A phase threw: its transaction was undone, and it will be tried again. */
    | 'failed'
    | 'refused'
    | 'lease_lost'
    | 'retried'
    | 'parked'
    | 'woken'
    | 'resolved'
    /** The outcome is no longer kept: past its retention, or (with `phase`) too large to be stored. */
    | 'expired'
    /** The key is no longer known. */
    | 'forgotten';
  readonly operation: string;
  readonly scope: string;
  readonly recordId: string;
  readonly fence?: number;
  readonly phase?: string;
  readonly code?: IdempotencyCode;
  readonly retryAfterMs?: number;
  /** Of `recovered`: since the last recovery point, behind which the call may have been sent. */
  readonly unknownMs?: number;
  readonly cause?: unknown;
}

export interface Request extends Identity {
  readonly id: string;
  /** In hex, any of which fits; undefined for those who drive a record by its stored input. */
  readonly fingerprints?: readonly string[];
}

/** A record in our hands, from a claim or a taking until it is let go. */
export interface Run {
  readonly definition: Definition;
  readonly request: Request;
  /** What the record's texts are bound to. */
  readonly record: Sealable;
  readonly fence: number;
  readonly failedTries: number;
  /** Results of the committed phases by name, and `input`. What the phases get. */
  readonly known: Readonly<Record<string, unknown>>;
  /** Index of the phase to run next. */
  readonly next: number;
  /** Details of the last `waiting` answer of the next phase. */
  readonly waited: unknown;
  /** An earlier holder may have sent the call that comes next. */
  readonly maybeSent: boolean;
  /** performance.now() at which our lease ends, or earlier: read before the statement that set it was sent. */
  readonly leaseEndsAt: number;
  /** performance.now() of the last recovery point, or earlier. */
  readonly advancedAt: number;
}

const inside = new AsyncLocalStorage<{ database: unknown; operation: string }>();
const thrown = new WeakSet<object>();

/** Runs the body of a phase, in which operations of the same database are refused: they would wait for a connection. */
export async function insidePhase<T>(database: unknown, operation: string, body: () => Promise<T>): Promise<T> {
  try {
    return await inside.run({ database, operation }, body);
  } catch (error) {
    if (typeof error === 'object' && error !== null) thrown.add(error);
    throw error;
  }
}

/** The caller's own code has thrown it, so the caller shall see it as it is. */
export const isOfPhase = (error: unknown): boolean => typeof error === 'object' && error !== null && thrown.has(error);

/** @throws {IdempotencyError} IDEMPOTENCY_NESTED. */
export function refuseNested(database: unknown, operation: string): void {
  const outer = inside.getStore();
  if (outer?.database !== database) return;
  const message = `${operation} inside a transaction of ${outer?.operation}: use once.within(tx)`;
  throw new IdempotencyError('IDEMPOTENCY_NESTED', message, { operation });
}

export const factsOf = ({ operation, scope }: Omit<Identity, 'key'>): { operation: string; scope: string } => ({
  operation,
  scope,
});

/** For whoever finds that another holder has the record. */
export function leaseLost<Tx>(engine: Engine<Tx>, { request, fence }: Run): LeaseLostError {
  engine.emit(eventOf('lease_lost', request, { fence }));
  return new LeaseLostError(factsOf(request));
}

export const eventOf = (
  name: IdempotencyEvent['name'],
  request: Omit<Request, 'key'>,
  more: Partial<IdempotencyEvent> = {},
): IdempotencyEvent => ({ name, ...factsOf(request), recordId: request.id, ...more });

/** Inside a transaction a throw would undo the caller's work for the sake of a log line. */
export const emitTo =
  (observe: (event: IdempotencyEvent) => void): Engine<never>['emit'] =>
  (event) => {
    try {
      observe(event);
    } catch (error) {
      process.emitWarning(`observe threw: ${String(error)}`, 'IdempotencyWarning');
    }
  };

/** Recovery point of a run: the last committed phase. */
export const recoveryPointOf = (run: Run): string | null => run.definition.phases[run.next - 1]?.name ?? null;

/** Full jitter: those who failed together do not come back together. */
export const backoffMs = (failedTries: number): number =>
  100 + Math.random() * Math.min(1_000 * 2 ** Math.min(failedTries, 20), 300_000);
