// Kills an operation at every point, overtakes it while it stalls, and races it; then looks whether all is well.
import { isDeepStrictEqual } from 'node:util';
import { isIdempotencyError } from '../errors.ts';
import { engineOf, type Once } from '../once.ts';
import type { AnyOutcome } from '../outcome.ts';
import { makeDue } from './age.ts';
import { type At, crashAt, stallAt } from './crash.ts';
import { isInTransaction } from './plan.ts';

export interface CrashTrial<Tx, Services extends object, O extends AnyOutcome> {
  /** Makes a process: `createOnce` as in production, with this `at`. Called several times per mishap. */
  readonly once: (at: At) => Once<Tx, Services>;
  /** `crashPoints(workflow)`, or `crashPoints()` for a `once.transaction`. */
  readonly points: readonly string[];
  /** Runs the operation in a process. Each mishap has a scope of its own; within it the request must be the same. */
  readonly run: (once: Once<Tx, Services>, scope: string) => Promise<O>;
  /** Throws when anything is not as it must be, once the operation has ended: effects, rows, the outcome. */
  readonly check: (after: AfterMishap<O>) => unknown;
}

export interface AfterMishap<O> {
  /** `nothing`, `killed at <point>`, `overtaken at <point>` or `raced`. */
  readonly mishap: string;
  readonly scope: string;
  /** The final one, which every retry gets. */
  readonly outcome: Extract<O, { readonly replayed: boolean }>;
}

/**
 * Each mishap happens to a first process; a second one, for which the lease has ended, brings the operation to its end;
 * then a retry must get the same answer and `check` must not throw.
 * @returns the mishaps, in order. @throws {MishapError} that names each one which was not survived.
 */
export async function everyCrash<Tx, Services extends object, O extends AnyOutcome>(
  trial: CrashTrial<Tx, Services, O>,
): Promise<string[]> {
  const mishaps: Record<string, Mishap<Tx, Services, O>> = {
    nothing: async () => {},
    ...Object.fromEntries(trial.points.map((point) => [`killed at ${point}`, killedAt(point)])),
    ...Object.fromEntries(stallable(trial.points).map((point) => [`overtaken at ${point}`, overtakenAt(point)])),
    raced,
  };
  const failures: { readonly mishap: string; readonly cause: unknown }[] = [];
  for (const [mishap, happen] of Object.entries(mishaps)) {
    const scope = `${mishap.replaceAll(' ', '-')}-${crypto.randomUUID()}`;
    try {
      const late = await happen(trial, scope);
      const outcome = await finished(trial, scope);
      for (const answer of (await late?.(outcome)) ?? []) same(outcome, answer);
      await trial.check({ mishap, scope, outcome });
    } catch (cause) {
      failures.push({ mishap, cause });
      if (mishap === 'nothing') break; // the trial itself is wrong
    }
  }
  if (failures.length > 0) throw new MishapError(failures);
  return Object.keys(mishaps);
}

/** What was not survived, one line each; `cause` is the first. */
export class MishapError extends Error {
  override readonly name = 'MishapError';
  readonly code = 'IDEMPOTENCY_TEST_MISHAP';
  readonly mishaps: readonly string[];

  constructor(failures: readonly { readonly mishap: string; readonly cause: unknown }[]) {
    const lines = failures.map(
      ({ mishap, cause }) => `${mishap}: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
    super(lines.join('\n'), { cause: failures[0]?.cause });
    this.mishaps = failures.map(({ mishap }) => mishap);
  }
}

/** @returns what is left to do once the second process has ended, and the answers it has brought. */
type Mishap<Tx, Services extends object, O extends AnyOutcome> = (
  trial: CrashTrial<Tx, Services, O>,
  scope: string,
  // biome-ignore lint/suspicious/noConfusingVoidType: most mishaps are over at once
) => Promise<((outcome: O) => Promise<O[]>) | void>;

const killedAt =
  <Tx, Services extends object, O extends AnyOutcome>(point: string): Mishap<Tx, Services, O> =>
  async ({ once, run }, scope) => {
    const { at, reached } = crashAt(point);
    await reachedBy(reached, run(once(at), scope), point);
  };

const overtakenAt =
  <Tx, Services extends object, O extends AnyOutcome>(point: string): Mishap<Tx, Services, O> =>
  async ({ once, run }, scope) => {
    const { at, reached, goOn } = stallAt(point);
    const first = run(once(at), scope);
    await reachedBy(reached, first, point);
    return async () => {
      goOn();
      return settledOf([await answerOf(first)]);
    };
  };

const raced = async <Tx, Services extends object, O extends AnyOutcome>(
  { once, run }: CrashTrial<Tx, Services, O>,
  scope: string,
) => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => answerOf(run(once(nowhere), scope))));
  return async () => settledOf(answers);
};

/** Where a process may stall, be overtaken and go on: only its fence stands between it and a second commit. */
const stallable = (points: readonly string[]): string[] =>
  points.filter((point, index) => !isInTransaction(point) && points[index + 1]?.startsWith('committing:'));

const nowhere: At = async () => {};
const mostTurns = 10;

/** A second process, for which the lease and every wait have ended. */
async function finished<Tx, Services extends object, O extends AnyOutcome>(
  { once, run }: CrashTrial<Tx, Services, O>,
  scope: string,
): Promise<Extract<O, { readonly replayed: boolean }>> {
  const second = once(nowhere);
  for (let turn = 0; turn < mostTurns; turn++) {
    await makeDue(engineOf<Tx>(second).database, scope);
    const outcome = await answerOf(run(second, scope));
    if (outcome === undefined || !isSettled(outcome)) continue;
    const retry = await run(once(nowhere), scope);
    same(outcome, retry);
    if (!('replayed' in retry && retry.replayed)) throw new TrialError('a retry was executed again, not replayed');
    return outcome;
  }
  throw new TrialError(`it has no final outcome after ${mostTurns} tries`);
}

/** A killed process answers nobody: what it throws is not looked at. */
async function reachedBy(reached: Promise<void>, run: Promise<unknown>, point: string): Promise<void> {
  const ended = run.then(
    () => 'ended' as const,
    (cause: unknown) => cause,
  );
  if ((await Promise.race([reached.then(() => 'reached' as const), ended])) === 'reached') return;
  throw new TrialError(`it never came to ${point}: is \`at\` given to createOnce, and does the request take this way?`);
}

/** Undefined: refused, and may come back. @throws whatever else the run has thrown. */
async function answerOf<O>(run: Promise<O>): Promise<O | undefined> {
  try {
    return await run;
  } catch (error) {
    if (isIdempotencyError(error) && error.facts.retryAfterMs !== undefined) return undefined;
    if (isIdempotencyError(error) && error.code === 'IDEMPOTENCY_LEASE_LOST') return undefined;
    throw error;
  }
}

const isSettled = <O extends AnyOutcome>(outcome: O): outcome is Extract<O, { readonly replayed: boolean }> =>
  'replayed' in outcome;

const settledOf = <O extends AnyOutcome>(answers: readonly (O | undefined)[]): O[] =>
  answers.filter((answer) => answer !== undefined && isSettled(answer)) as O[];

/** @throws {TrialError} when two callers were told different things. */
function same(outcome: AnyOutcome, answer: AnyOutcome): void {
  if (isDeepStrictEqual({ ...outcome, replayed: true }, { ...answer, replayed: true })) return;
  throw new TrialError(`one caller got ${JSON.stringify(outcome)}, another ${JSON.stringify(answer)}`);
}

class TrialError extends Error {
  override readonly name = 'TrialError';
  readonly code = 'IDEMPOTENCY_TEST_TRIAL';
}
