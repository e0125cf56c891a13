// Finishes what was left: records whose holder has gone silent, and those whose next try is due; and lets what is past its
// retention expire. Any number of workers may run at once: candidates are read without a lock, and each is taken by its
// id, by one of them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from './database.ts';
import { type Engine, emitTo, type IdempotencyEvent, inSpan } from './engine.ts';
import { LeaseLostError } from './errors.ts';
import type { Identity } from './identity.ts';
import { engineOf, type Fits, type Once } from './once.ts';
import { drive } from './protocol.ts';
import { abandoned, wakened } from './statements.ts';
import { take } from './takeover.ts';
import { expireBatch, stranded } from './upkeep.ts';
import type { App, Definition, Workflow } from './workflow.ts';

export interface WorkerOptions {
  /** Pause when nothing is due, ± half of it, in milliseconds. Default 1 000. */
  readonly pollMs?: number;
  /** Pause between two looks for what has expired, and for what nobody finishes, ± half of it. Default 60 000. */
  readonly upkeepMs?: number;
  /** Candidates read at once. Default 20. */
  readonly batch?: number;
  /**
   * What a phase or the database threw; the record is tried again. Also VERSION_UNKNOWN for each operation whose records
   * nobody seems to finish: overdue for five minutes, and not for this worker. Default: a process warning.
   */
  readonly onError?: (error: unknown) => void;
  /** The events of this worker's records, besides `observe`, to count or to log. `parked` is the one to be alerted by. */
  readonly onEvent?: (event: IdempotencyEvent) => void;
  /** Runs the work on each record inside a context of yours, such as a trace that is known by the record's key. */
  readonly enclose?: Enclose;
}

type Enclose = (record: Identity, work: () => Promise<void>) => Promise<void>;

export interface Worker {
  /**
   * For a cron route: takes what is due and lets expire what is past its retention, until nothing is or the budget is used
   * up; what is in hand then comes to its end. @param options.budgetMs default 30 000. @returns how many it has moved.
   */
  runOnce(options?: { readonly budgetMs?: number }): Promise<number>;
  /** Goes on until `stop`. */
  start(): void;
  /** Takes nothing more, and resolves when what is in hand is done with. */
  stop(): Promise<void>;
}

type AppOf<W> = W extends Workflow<infer A, infer _I, infer _K, infer _E, infer _R, infer _D, infer _L> ? A : never;

/** @param workflows those that this worker knows; records of others are left to others. */
export function createWorker<Tx, Services extends object, S, const W extends readonly Definition[]>(
  once: Once<Tx, Services, S>,
  workflows: { readonly [I in keyof W]: W[I] & Fits<AppOf<W[I]> & App, Tx, Services, S> },
  workerOptions: WorkerOptions = {},
): Worker {
  const { pollMs = 1_000, upkeepMs = 60_000, batch = 20, onError = warn, onEvent = () => {} } = workerOptions;
  const { enclose = (_record, work) => work() } = workerOptions;
  const engine = observed(engineOf<Tx>(once), onEvent);
  const known = versionsOf(workflows);
  const mine = [arrayOf([...known.keys()]), arrayOf(engine.texts.marks)];
  const stopping = new AbortController();
  const { signal } = stopping;
  let loops: Promise<unknown> | undefined;
  let rounds: Promise<unknown> = Promise.resolve();
  let lookAgainAt = 0;

  const resume: Turn = async (mayGoOn) => {
    const candidates = await candidatesOf(engine, [...mine, String(batch)]);
    const moved = await takeEach(engine, known, candidates, { mayGoOn, onError, enclose });
    return { moved, more: candidates.length >= batch && moved > 0 };
  };
  const upkeep: Turn = async () => {
    const turn = await expireBatch(engine);
    if (turn.more) return turn;
    for (const error of await stranded(engine, mine)) onError(error);
    lookAgainAt = performance.now() + around(upkeepMs);
    return turn;
  };
  const runOnce = async ({ budgetMs = 30_000 } = {}) => {
    const until = performance.now() + budgetMs;
    const mayGoOn = () => !signal.aborted && performance.now() < until;
    let total = 0;
    for (let more = true; more && mayGoOn(); ) {
      const turns = [await resume(mayGoOn)];
      // Turn by turn: where the budget is always used up, the table must not grow for ever.
      if (performance.now() >= lookAgainAt) turns.push(await upkeep(mayGoOn));
      total += turns.reduce((sum, { moved }) => sum + moved, 0);
      more = turns.some((turn) => turn.more);
    }
    return total;
  };
  const forever = async (turn: Turn, pauseMs: number) => {
    while (!signal.aborted) {
      const { more } = await turn(() => !signal.aborted).catch((error: unknown) => {
        onError(error);
        return { more: false };
      });
      if (!more) await sleep(around(pauseMs), undefined, { signal }).catch(() => {});
    }
  };
  return {
    runOnce: (options) => {
      const run = runOnce(options);
      rounds = Promise.allSettled([rounds, run]);
      return run;
    },
    start: () => {
      loops ??= Promise.all([forever(resume, pollMs), forever(upkeep, upkeepMs)]);
    },
    stop: async () => {
      stopping.abort();
      await Promise.all([loops, rounds]);
    },
  };
}

/** `more`: there was a full batch, so that another turn shall follow at once. */
type Turn = (mayGoOn: () => boolean) => Promise<{ readonly moved: number; readonly more: boolean }>;

/** Processes that were started together do not come together. */
const around = (ms: number) => ms * (0.5 + Math.random());

/** Names of operations and hex: neither holds a quote. */
const arrayOf = (texts: readonly string[]) => `{${texts.map((text) => `"${text}"`).join(',')}}`;

/** Every version that can be finished here, by `operation@version`. */
function versionsOf(workflows: readonly Definition[]): ReadonlyMap<string, Definition> {
  const newest = workflows.flatMap((workflow) =>
    [workflow, ...workflow.earlier].map((older) => [workflow, older] as const),
  );
  return new Map(newest.map(([workflow, older]) => [`${workflow.name}@${older.version}`, workflow]));
}

async function candidatesOf<Tx>(engine: Engine<Tx>, parameters: readonly string[]): Promise<Row[]> {
  const [left, due] = [
    await engine.database.query(abandoned, parameters),
    await engine.database.query(wakened, parameters),
  ];
  // Shuffled: workers that read the same batch would otherwise go through it in step and miss all but one each time.
  return [...left, ...due]
    .map((row) => ({ row, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
}

/** Three misses in a row: others are at this batch, and a fresh one is worth more than the rest of it. */
const mostMisses = 3;

interface Taking extends Required<Pick<WorkerOptions, 'onError' | 'enclose'>> {
  readonly mayGoOn: () => boolean;
}

async function takeEach<Tx>(
  engine: Engine<Tx>,
  known: ReadonlyMap<string, Definition>,
  candidates: readonly Row[],
  { mayGoOn, onError, enclose }: Taking,
): Promise<number> {
  let taken = 0;
  let misses = 0;
  for (const row of candidates) {
    if (!mayGoOn() || misses === mostMisses) break;
    const definition = known.get(`${row['operation']}@${row['version']}`);
    if (definition === undefined) continue;
    const { id, operation, scope, key } = row as Record<'id' | 'operation' | 'scope' | 'key', string>;
    const work = async () => {
      const run = await take(engine, { id, operation, scope, key }, definition);
      misses = run === undefined ? misses + 1 : 0;
      if (run === undefined) return;
      taken++;
      if ('definition' in run) await inSpan(engine, { operation, id }, { worker: true }, () => drive(engine, run));
    };
    try {
      await enclose({ operation, scope, key }, work);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) onError(error); // lost: somebody else has it, which is fine
    }
  }
  return taken;
}

function observed<Tx>(engine: Engine<Tx>, onEvent: (event: IdempotencyEvent) => void): Engine<Tx> {
  const emit = emitTo(onEvent);
  return {
    ...engine,
    emit: (event) => {
      engine.emit(event);
      emit(event);
    },
  };
}

const warn = (error: unknown) => process.emitWarning(error instanceof Error ? error : String(error));
