// What is done to a record from outside: a status page looks, a webhook wakes, an operator parks and resolves.
import type { Answered, Declined } from './answers.ts';
import type { Query } from './database.ts';
import { type Engine, eventOf, factsOf, type Request, type Shown } from './engine.ts';
import { IdempotencyError } from './errors.ts';
import { checkIdentity, recordId } from './identity.ts';
import { loggedAs, type Operator, type OperatorEntry, readOperatorLog } from './operator.ts';
import type { AnyOutcome } from './outcome.ts';
import { drive } from './protocol.ts';
import type { Use } from './seal.ts';
import { milliseconds, park, reopen, type State, wake } from './statements.ts';
import { inspected, nextPhase, runOf, versionOf } from './takeover.ts';
import { storedCopy } from './texts.ts';
import type { Definition } from './workflow.ts';

/** Which record of an operation. */
export interface RecordKey {
  readonly scope: string;
  readonly key: string;
}

/** A record as it stands, for a status page or an operator. Times are the database's. */
export interface RecordView extends RecordKey {
  readonly operation: string;
  readonly id: string;
  readonly state: State;
  readonly version: number;
  /** Number of takings. */
  readonly fence: number;
  readonly failedTries: number;
  /** The last committed phase. */
  readonly recoveryPoint: string | null;
  readonly createdAt: Date;
  readonly advancedAt: Date;
  /** When somebody else may act: the end of the lease, or the next try. */
  readonly dueAt: Date | null;
  readonly retainedUntil: Date | null;
  /** The settled outcome, or the details of the last wait. This and the next two as `redact` has left them. */
  readonly outcome: unknown;
  /** Results of the committed phases by name. */
  readonly progress: unknown;
  readonly input: unknown;
  /** Who has woken, parked or resolved it by hand, oldest first. */
  readonly operatorLog: readonly OperatorEntry[];
}

/** @throws {IdempotencyError} IDEMPOTENCY_KEY_INVALID. */
export function requestOf(operation: string, { scope, key }: RecordKey): Request {
  const identity = { operation, scope, key };
  checkIdentity(identity);
  return { ...identity, id: recordId(identity) };
}

export async function viewRecord<Tx>(engine: Engine<Tx>, request: Request): Promise<RecordView | undefined> {
  const record = await inspected(engine, request);
  if (record === undefined) return undefined;
  const { operation, scope, key, id } = request;
  const { state, version, fence, failedTries, recoveryPoint, fingerprint } = record;
  const show = (field: Shown, use: Use) => {
    const value = engine.texts.read({ ...request, fingerprint }, use, record[field]);
    return value === undefined ? undefined : engine.redact(value, { operation, field });
  };
  return {
    ...{ operation, scope, key, id, state, version, fence, failedTries, recoveryPoint },
    createdAt: new Date(record.createdAtMs),
    advancedAt: new Date(record.advancedAtMs),
    dueAt: dateOf(record.dueAtMs),
    retainedUntil: dateOf(record.retainedUntilMs),
    outcome: state === 'expired' ? undefined : show('outcome', settledAs(state) ?? 'details'),
    progress: show('progress', 'progress'),
    input: show('input', 'input'),
    operatorLog: readOperatorLog(record.operatorLog),
  };
}

/** @returns false when it is in flight, settled or not there: nothing is written then. */
export async function wakeRecord<Tx>(
  engine: Engine<Tx>,
  request: Request,
  query: Query,
  operator: Operator | undefined,
): Promise<boolean> {
  const [row] = await query(wake, [request.id, ...loggedAs(operator)]);
  if (row !== undefined) engine.emit(eventOf('woken', request));
  return row !== undefined;
}

/** @returns false when it is settled, parked already or not there. */
export async function parkRecord<Tx>(
  engine: Engine<Tx>,
  request: Request,
  query: Query,
  operator: Operator | undefined,
): Promise<boolean> {
  const [row] = await query(park, [request.id, null, ...loggedAs(operator)]);
  if (row !== undefined) engine.emit(eventOf('parked', request));
  return row !== undefined;
}

/**
 * Goes on with the answer that an operator brings for the call at which a record waits or is parked: the next
 * transaction stores it with the domain's own writes, in one commit.
 */
export async function resolveRecord<Tx>(
  engine: Engine<Tx>,
  request: Request,
  newest: Definition,
  answer: Answered<unknown> | Declined<unknown>,
  operator: Operator | undefined,
): Promise<AnyOutcome> {
  const logged = loggedAs(operator);
  const record = await inspected(engine, request);
  const known = record !== undefined && versionOf(newest, record.version) !== undefined;
  const call = record && nextPhase(newest, record);
  if (!known || call?.kind !== 'call') throw notResolvable(request);
  const startedAt = performance.now();
  const [row] = await engine.database.query(reopen, [request.id, milliseconds(engine.leaseMs), ...logged]);
  if (row === undefined) throw notResolvable(request);
  const run = await runOf(engine, request, newest, row, startedAt);
  const phase = run.definition.phases[run.next];
  if (phase?.kind !== 'call') throw notResolvable(request);
  engine.emit(eventOf('resolved', request, { fence: run.fence, phase: phase.name }));
  const answers = { ...run.known, [phase.name]: storedCopy(engine, answer) };
  return await drive(engine, { ...run, known: answers, next: run.next + 1, waited: undefined, maybeSent: false });
}

const settledAs = (state: State) => (state === 'succeeded' || state === 'rejected' ? state : undefined);

const notResolvable = (request: Request) =>
  new IdempotencyError(
    'IDEMPOTENCY_NOT_RESOLVABLE',
    'only a record that waits or is parked at a call can be resolved',
    factsOf(request),
  );

const dateOf = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
