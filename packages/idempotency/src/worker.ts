// Finishes what was left: records whose holder has gone silent, and those whose next try is due. Any number of workers
// may run at once: candidates are read without a lock, and each is taken by its id, by one of them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from './database.ts';
import type { Engine, IdempotencyEvent } from './engine.ts';
import { LeaseLostError } from './errors.ts';
import { engineOf, type Fits, type Once } from './once.ts';
import { drive } from './protocol.ts';
import { abandoned, wakened } from './statements.ts';
import { take } from './takeover.ts';
import type { App, Definition, Workflow } from './workflow.ts';

export interface WorkerOptions {
  /** Pause when nothing is due, ± half of it, in milliseconds. Default 1 000. */
  readonly pollMs?: number;
  /** Candidates read at once. Default 20. */
  readonly batch?: number;
  /** What a phase or the database threw; the record is tried again. Default: a process warning. */
  readonly onError?: (error: unknown) => void;
  /** The events of this worker's records, besides `observe`. `parked` is the one to be alerted by. */
  readonly onEvent?: (event: IdempotencyEvent) => void;
}

export interface Worker {
  /** For a cron route: takes what is due until nothing is, or the budget is used up. @returns how many it has taken. */
  runOnce(options?: { readonly budgetMs?: number }): Promise<number>;
  /** Goes on until `stop`. */
  start(): void;
  /** Takes nothing more, and resolves when the record in hand is done with. */
  stop(): Promise<void>;
}

type AppOf<W> = W extends Workflow<infer A, infer _I, infer _K, infer _E, infer _R, infer _D, infer _L> ? A : never;

/** @param workflows those that this worker knows; records of others are left to others. */
export function createWorker<Tx, Services extends object, const W extends readonly Definition[]>(
  once: Once<Tx, Services>,
  workflows: { readonly [I in keyof W]: W[I] & Fits<AppOf<W[I]> & App, Tx, Services> },
  workerOptions: WorkerOptions = {},
): Worker {
  const { pollMs = 1_000, batch = 20, onError = warn, onEvent = () => {} } = workerOptions;
  const engine = observed(engineOf<Tx>(once), onEvent);
  const known = versionsOf(workflows);
  const stopping = new AbortController();
  let loop: Promise<void> | undefined;
  let round: Promise<unknown> = Promise.resolve();

  const runOnce = async ({ budgetMs = 30_000 } = {}) => {
    const until = performance.now() + budgetMs;
    const mayGoOn = () => !stopping.signal.aborted && performance.now() < until;
    let total = 0;
    while (mayGoOn()) {
      const candidates = await candidatesOf(engine, known, batch);
      const taken = await takeEach(engine, known, candidates, mayGoOn, onError);
      total += taken;
      if (candidates.length < batch || taken === 0) break;
    }
    return total;
  };
  const tracked = (options?: { readonly budgetMs?: number }) => {
    const run = runOnce(options);
    round = Promise.allSettled([round, run]);
    return run;
  };
  return {
    runOnce: tracked,
    start: () => {
      loop ??= (async () => {
        while (!stopping.signal.aborted) {
          const taken = await runOnce().catch((error: unknown) => {
            onError(error);
            return 0;
          });
          if (!taken)
            await sleep(pollMs * (0.5 + Math.random()), undefined, { signal: stopping.signal }).catch(() => {});
        }
      })();
    },
    stop: async () => {
      stopping.abort();
      await Promise.all([loop, round]);
    },
  };
}

/** Every version that can be finished here, by `operation@version`. */
function versionsOf(workflows: readonly Definition[]): ReadonlyMap<string, Definition> {
  const newest = workflows.flatMap((workflow) =>
    [workflow, ...workflow.earlier].map((older) => [workflow, older] as const),
  );
  return new Map(newest.map(([workflow, older]) => [`${workflow.name}@${older.version}`, workflow]));
}

async function candidatesOf<Tx>(
  engine: Engine<Tx>,
  known: ReadonlyMap<string, Definition>,
  batch: number,
): Promise<Row[]> {
  const parameters = [`{${[...known.keys()].map((name) => `"${name}"`).join(',')}}`, String(batch)];
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

async function takeEach<Tx>(
  engine: Engine<Tx>,
  known: ReadonlyMap<string, Definition>,
  candidates: readonly Row[],
  mayGoOn: () => boolean,
  onError: (error: unknown) => void,
): Promise<number> {
  let taken = 0;
  let misses = 0;
  for (const row of candidates) {
    if (!mayGoOn() || misses === mostMisses) break;
    const definition = known.get(`${row['operation']}@${row['version']}`);
    if (definition === undefined) continue;
    try {
      const { id, operation, scope, key } = row as Record<'id' | 'operation' | 'scope' | 'key', string>;
      const run = await take(engine, { id, operation, scope, key }, definition);
      misses = run === undefined ? misses + 1 : 0;
      if (run === undefined) continue;
      taken++;
      if ('definition' in run) await drive(engine, run);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) onError(error); // lost: somebody else has it, which is fine
    }
  }
  return taken;
}

const observed = <Tx>(engine: Engine<Tx>, onEvent: (event: IdempotencyEvent) => void): Engine<Tx> => ({
  ...engine,
  emit: (event) => {
    engine.emit(event);
    onEvent(event);
  },
});

const warn = (error: unknown) => process.emitWarning(error instanceof Error ? error : String(error));
