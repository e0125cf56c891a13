// Records that nobody is working on: what they answer as they stand, and how they change hands.

import type { Row } from './database.ts';
import { type Engine, eventOf, factsOf, type Request, type Run } from './engine.ts';
import { IdempotencyError } from './errors.ts';
import { letGo, parkHeld, reviewMs } from './letgo.ts';
import type { AnyOutcome } from './outcome.ts';
import { decide, type Inspected, readInspected } from './state.ts';
import { inspect, milliseconds, takeOver } from './statements.ts';
import { refuseUnreadable } from './texts.ts';
import { ask } from './transact.ts';
import type { Definition } from './workflow.ts';

/** The answer of a record that waits or is parked; undefined when it has changed meanwhile. */
export async function standing<Tx>(
  engine: Engine<Tx>,
  request: Request,
  definition: Definition,
): Promise<AnyOutcome | undefined> {
  const record = await inspected(engine, request);
  const decision = decide(record, request.fingerprints);
  if (record === undefined || decision.kind !== 'standing') return undefined;
  const phase = nextPhase(definition, record)?.name ?? null;
  const needsReview = decision.dueInMs === null;
  const retryAfterMs = decision.dueInMs ?? reviewMs;
  // A `waiting` answer sets failed_tries to 0; details of an older one stay beside an unknown that came after it.
  if (!needsReview && record.outcome !== null && record.failedTries === 0) {
    const { fingerprint } = record;
    const details = engine.texts.read({ ...request, fingerprint }, 'details', record.outcome);
    return { status: 'waiting', phase, details, retryAfterMs };
  }
  return { status: 'unknown', phase, retryAfterMs, needsReview };
}

/**
 * @returns the record, in our hands; its answer, when it has had its tries; undefined when somebody was faster.
 * @throws {IdempotencyError} IDEMPOTENCY_VERSION_UNKNOWN when only another deploy can finish it.
 */
export async function takeOverIfDue<Tx>(
  engine: Engine<Tx>,
  request: Request,
  definition: Definition,
): Promise<Run | AnyOutcome | undefined> {
  const record = await inspected(engine, request);
  if (record === undefined) return undefined;
  if (versionOf(definition, record.version) === undefined) {
    throw versionUnknown(request, `version ${record.version} of ${definition.name} is unknown here`);
  }
  return await take(engine, request, definition);
}

/** The same for a worker, who knows the version already. */
export async function take<Tx>(
  engine: Engine<Tx>,
  request: Request,
  definition: Definition,
): Promise<Run | AnyOutcome | undefined> {
  const startedAt = performance.now();
  const parameters = [request.id, milliseconds(engine.leaseMs)];
  const [row] = await ask(request, () => engine.database.query(takeOver, parameters));
  if (row === undefined) return undefined;
  const { run, next } = heldRun(engine, request, definition, row, startedAt);
  engine.emit(eventOf('taken_over', request, { fence: run.fence }));
  await engine.at('taken', request);
  // Before its texts are opened: a record whose input no longer fits has its tries, and no more, like any other.
  if (run.failedTries > engine.maxTries) return await parkHeld(engine, run, next?.name ?? null);
  return await opened(engine, run, row);
}

/** @param row what a taking returned. @throws {IdempotencyError} as `opened`. */
export async function runOf<Tx>(
  engine: Engine<Tx>,
  request: Request,
  newest: Definition,
  row: Row,
  startedAt: number,
): Promise<Run> {
  return await opened(engine, heldRun(engine, request, newest, row, startedAt).run, row);
}

/** In our hands, but nothing of it read yet. */
function heldRun<Tx>(engine: Engine<Tx>, request: Request, newest: Definition, row: Row, startedAt: number) {
  const definition = versionOf(newest, Number(row['version'])) ?? newest;
  const next = nextIndex(definition, row['recovery_point'] ?? null);
  const run: Run = {
    definition,
    request,
    record: { ...request, fingerprint: row['fingerprint'] ?? '' },
    fence: Number(row['fence']),
    failedTries: Number(row['failed_tries']),
    known: {},
    next: next ?? definition.phases.length,
    waited: undefined,
    maybeSent: true,
    leaseEndsAt: startedAt + engine.leaseMs,
    advancedAt: startedAt - (Number(row['lease_end_age_ms']) - engine.leaseMs),
  };
  return { run, next: definition.phases[run.next] };
}

/** @throws {IdempotencyError} IDEMPOTENCY_VERSION_UNKNOWN, IDEMPOTENCY_INPUT_INVALID, IDEMPOTENCY_UNREADABLE. */
async function opened<Tx>(engine: Engine<Tx>, run: Run, row: Row): Promise<Run> {
  const { texts } = engine;
  const { definition, record } = run;
  try {
    // Going on from the start would do again what is committed.
    if (run.next === definition.phases.length) {
      throw versionUnknown(run.request, `${definition.name} has no phase after ${row['recovery_point']}`);
    }
    // The stored input is parsed again: a schema may make dates of it, and a deploy may have added a default.
    const input = await parseInput(definition, texts.read(record, 'input', row['input']));
    const progress = texts.read(record, 'progress', row['progress']) as object | undefined;
    return { ...run, waited: texts.read(record, 'details', row['outcome']), known: { ...progress, input } };
  } catch (error) {
    return await letGo(engine, run, error);
  }
}

/** @throws {IdempotencyError} IDEMPOTENCY_INPUT_INVALID with the schema's issues. */
export async function parseInput({ name, schema }: Definition, input: unknown): Promise<unknown> {
  if (schema === undefined) return input;
  const result = await schema['~standard'].validate(input);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ message }) => ({ message }));
  throw new IdempotencyError('IDEMPOTENCY_INPUT_INVALID', 'the input does not fit the schema', {
    operation: name,
    issues,
  });
}

export async function inspected<Tx>(engine: Engine<Tx>, request: Request): Promise<Inspected | undefined> {
  const [row] = await ask(request, () => engine.database.query(inspect, [request.id]));
  const record = row && readInspected(row);
  if (record) refuseUnreadable(engine, request, record.fingerprint);
  return record;
}

/** The workflow that began a record finishes it: the newest, or an older one that it replaces. */
export const versionOf = (newest: Definition, version: number): Definition | undefined =>
  [newest, ...newest.earlier].find((definition) => definition.version === version);

/** The phase that a record is to go on with. */
export function nextPhase(newest: Definition, { version, recoveryPoint }: Inspected) {
  const definition = versionOf(newest, version);
  const next = definition && nextIndex(definition, recoveryPoint);
  return next === undefined ? undefined : definition?.phases[next];
}

/** Undefined when the phases have changed without a new version. */
function nextIndex({ phases }: Definition, recoveryPoint: string | null): number | undefined {
  const next = phases.findIndex(({ name }) => name === recoveryPoint) + 1;
  return (next === 0 && recoveryPoint !== null) || next === phases.length ? undefined : next;
}

const versionUnknown = (request: Request, message: string) =>
  new IdempotencyError('IDEMPOTENCY_VERSION_UNKNOWN', message, { ...factsOf(request), retryAfterMs: 5_000 });
