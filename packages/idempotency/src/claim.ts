// The first commit: claim and first phase together.
//
//   transaction   BEGIN | claim, born settled   | body | finish + COMMIT
//   workflow      BEGIN | claim, born in flight | body | remember (or settle) + COMMIT
//
// Whoever comes second waits on the unique index until the first has committed (no row: read its record) or rolled back
// (a row: we are the first). So a claim also resolves a COMMIT that was lost: run again, it waits for whatever is still
// undecided, and then it is the first or finds the record.
import { exitOf } from './answers.ts';
import { type Query, type Row, type SendLast, stoppedWaiting } from './database.ts';
import { type Ending, endingOf, endStatement } from './ending.ts';
import { type Engine, eventOf, inSpan, insidePhase, type Request, type Run } from './engine.ts';
import { readInspected } from './state.ts';
import { claim, claimAgain, inspect, milliseconds, remember, states } from './statements.ts';
import { progressText, storedCopy } from './texts.ts';
import { ask, transact } from './transact.ts';
import type { Definition, TransactionPhase } from './workflow.ts';

export interface Claiming extends Request {
  readonly definition: Definition;
  /** A `transaction` has one phase and is born settled. */
  readonly kind: 'transaction' | 'workflow';
  /** What a new record gets, in hex. */
  readonly fingerprint: string;
  /** As it is stored, for whoever takes over. */
  readonly inputText: string | null;
  /** The input as the phases get it. */
  readonly input: unknown;
  /** There is a record, expired, and it may run again. */
  readonly again: boolean;
}

export type Begun =
  | { readonly kind: 'ended'; readonly ending: Ending }
  | { readonly kind: 'owned'; readonly run: Run }
  /** There is a record. */
  | { readonly kind: 'exists' }
  /** Somebody's claim is not committed yet, and we have waited long enough for it. */
  | { readonly kind: 'blocked' };

/** @param cancelAfterMs how long the claim may wait for a rival that has not committed, in milliseconds. */
export async function begin<Tx>(engine: Engine<Tx>, claiming: Claiming, cancelAfterMs: number): Promise<Begun> {
  const ours = new Set<string>();
  try {
    const run = (tx: Tx, query: Query, sendLast: SendLast) =>
      claimAndRun(engine, claiming, { tx, query, sendLast, cancelAfterMs, ours });
    const [first] = claiming.definition.phases;
    // A workflow that begins with a call has only its claim in the first commit.
    const phase = first?.kind === 'transaction' ? first.name : 'claim';
    const begun = await inSpan(engine, claiming, { phase }, () =>
      transact(engine, claiming, run, undefined, { startsWithQuery: true }),
    );
    return begun.kind === 'exists' && ours.size > 0 ? ((await recovered(engine, claiming, ours)) ?? begun) : begun;
  } catch (error) {
    if (error instanceof Blocked) return { kind: 'blocked' };
    throw error;
  }
}

/** The same in a transaction that the caller has opened: nothing is retried, all of it commits or vanishes with theirs. */
export async function beginWithin<Tx>(
  engine: Engine<Tx>,
  claiming: Claiming,
  tx: Tx,
  cancelAfterMs: number,
): Promise<Begun> {
  const query = engine.database.within(tx);
  const sendLast: SendLast = async (text, parameters) => void (await query(text, parameters));
  // Without the savepoint, a caller who catches a throw and commits would keep a claim that has no outcome.
  await query('savepoint idempotency_within');
  try {
    const begun = await claimAndRun(engine, claiming, { tx, query, sendLast, cancelAfterMs, ours: new Set() });
    await query('release savepoint idempotency_within');
    return begun;
  } catch (error) {
    await query('rollback to savepoint idempotency_within').catch(() => {}); // lost: nothing is left to undo
    if (error instanceof Blocked) return { kind: 'blocked' };
    throw error;
  }
}

/** Thrown, not returned: the statement that gave up has failed its transaction. */
class Blocked extends Error {}

interface Opened<Tx> {
  readonly tx: Tx;
  readonly query: Query;
  readonly sendLast: SendLast;
  readonly cancelAfterMs: number;
  /** Transaction ids under which we have written the row: the only proof that it is ours when COMMIT was not answered. */
  readonly ours: Set<string>;
}

async function claimAndRun<Tx>(engine: Engine<Tx>, claiming: Claiming, opened: Opened<Tx>): Promise<Begun> {
  const startedAt = performance.now();
  const row = await sendClaim(engine, claiming, opened);
  if (row === undefined) return { kind: 'exists' };
  opened.ours.add(String(row['written_by']));
  const fence = Number(row['fence'] ?? 1);
  engine.emit(eventOf('claimed', claiming, { fence }));
  await engine.at('claimed', claiming);
  const run: Run = {
    definition: claiming.definition,
    request: claiming,
    record: claiming,
    fence,
    failedTries: 0,
    known: { input: claiming.input },
    next: 0,
    waited: undefined,
    maybeSent: false,
    leaseEndsAt: startedAt + engine.leaseMs,
    advancedAt: startedAt,
  };
  const first = claiming.definition.phases[0];
  return first?.kind === 'transaction'
    ? await firstPhase(engine, claiming, run, first, opened)
    : { kind: 'owned', run };
}

async function sendClaim<Tx>(engine: Engine<Tx>, claiming: Claiming, opened: Opened<Tx>): Promise<Row | undefined> {
  const { id, scope, operation, key, definition } = claiming;
  const born =
    claiming.kind === 'transaction'
      ? [null, String(states.indexOf('succeeded')), null, milliseconds(engine.retentionMs)]
      : [sealedInput(engine, claiming), String(states.indexOf('in_flight')), milliseconds(engine.leaseMs), null];
  const request = [String(definition.version), `\\x${claiming.fingerprint}`, ...born];
  const [text, parameters] = claiming.again
    ? [claimAgain, [id, ...request, milliseconds(engine.tombstoneMs)]]
    : [claim, [id, scope, operation, key, ...request]];
  try {
    const [row] = await opened.query(text, parameters, { cancelAfterMs: opened.cancelAfterMs });
    return row;
  } catch (error) {
    throw stoppedWaiting(error) ? new Blocked() : error;
  }
}

const sealedInput = <Tx>({ texts }: Engine<Tx>, claiming: Claiming) =>
  texts.seal(claiming, 'input', claiming.inputText);

async function firstPhase<Tx>(
  engine: Engine<Tx>,
  claiming: Claiming,
  run: Run,
  phase: TransactionPhase,
  { tx, sendLast }: Opened<Tx>,
): Promise<Begun> {
  const result = await insidePhase(engine.database, claiming.operation, () =>
    phase.body(tx as never, run.known as never),
  );
  const exit =
    exitOf(result) ??
    (run.definition.phases.length === 1 ? { status: 'succeeded' as const, value: result } : undefined);
  await engine.at(`committing:${phase.name}`, claiming);
  if (exit === undefined) {
    const known = { ...run.known, [phase.name]: storedCopy(engine, result) };
    await sendLast(remember, [claiming.id, phase.name, progressText(engine, claiming, known)]);
    return { kind: 'owned', run: { ...run, known, next: 1 } };
  }
  const ending = endingOf(engine, exit);
  await sendLast(...endStatement(engine, run, ending, claiming.kind === 'transaction' ? 'settled' : 'in_flight'));
  return { kind: 'ended', ending };
}

/** The record that is there is the one whose COMMIT was not answered, and nobody has touched it since: go on with it. */
async function recovered<Tx>(
  engine: Engine<Tx>,
  claiming: Claiming,
  ours: ReadonlySet<string>,
): Promise<Begun | undefined> {
  const readAt = performance.now();
  const [row] = await ask(claiming, () => engine.database.query(inspect, [claiming.id]));
  const record = row && readInspected(row);
  if (record?.state !== 'in_flight' || !ours.has(record.writtenBy)) return undefined;
  const progress = engine.texts.read(claiming, 'progress', record.progress) as object | undefined;
  const run: Run = {
    definition: claiming.definition,
    request: claiming,
    record: claiming,
    fence: record.fence,
    failedTries: record.failedTries,
    known: { ...progress, input: claiming.input },
    next: record.recoveryPoint === null ? 0 : 1,
    waited: undefined,
    maybeSent: false,
    leaseEndsAt: readAt + (record.dueInMs ?? 0) - 1, // it was rounded up
    advancedAt: readAt - record.ageMs,
  };
  return { kind: 'owned', run };
}
