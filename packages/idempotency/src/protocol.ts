// The protocol. Each arrow may be the last thing that this process does.
//
//   claim ─▶ first phase ─▶ call ─▶ phase ─▶ … ─▶ settle
//     ├─ replay      settled: the stored outcome, nothing executed, nothing written
//     ├─ stand       waiting for the outside and not due, or parked: answered as it stands
//     ├─ wait        in flight elsewhere: up to waitMs, then refused
//     └─ take over   abandoned or due: the next holder goes on behind the last recovery point
//
// Who may write: whoever holds the record, and the fence, the number of its takings, proves it in every WHERE. Every
// commit after the first ends with a fenced statement, so a stale holder's commit is undone as a whole.
// What a crash leaves behind: before the first COMMIT nothing; after it a record whose lease lapses, and the next caller
// or a worker takes it over. A call is never inside a commit; what may have been sent is looked up before it is sent
// again, under a key that is the same in every try. The database keeps one outcome, that key keeps one effect.
// The clock is the database's. Ours measures durations only, and safety rests on the fence.
import { setTimeout as sleep } from 'node:timers/promises';
import { callOutside, type Heard } from './call.ts';
import { begin, type Claiming } from './claim.ts';
import { type Ending, ended, replay } from './ending.ts';
import { type Engine, eventOf, inSpan, type Request, type Run, recoveryPointOf } from './engine.ts';
import { IdempotencyError, LeaseLostError } from './errors.ts';
import { letGo, putDown } from './letgo.ts';
import type { AnyOutcome } from './outcome.ts';
import { runPhase } from './phase.ts';
import { inFlight, refusal } from './refusals.ts';
import { decide, readFound } from './state.ts';
import { find } from './statements.ts';
import { standing, takeOverIfDue } from './takeover.ts';
import { refuseUnreadable } from './texts.ts';
import { ask } from './transact.ts';
import type { Definition, Phase } from './workflow.ts';

export interface Asking {
  readonly request: Request;
  readonly definition: Definition;
  /** Undefined for those who only drive a record that is there. */
  readonly claiming?: Claiming;
  readonly waitMs: number;
  /** The caller knows that it retries: read first, write nothing. */
  readonly replayHint: boolean;
  /** A key whose outcome is no longer kept may execute again, once its retention is over. */
  readonly rerunExpired: boolean;
}

/** What one look at the record has come to. */
type Seen =
  | { readonly kind: 'answer'; readonly outcome: AnyOutcome }
  /** It is in our hands. */
  | { readonly kind: 'ours'; readonly run: Run }
  /** In somebody else's; nobody else acts for so many milliseconds. */
  | { readonly kind: 'busy'; readonly dueInMs: number }
  | { readonly kind: 'exists' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'gone' };

/** @returns undefined when there is no record and nothing to claim it with. */
export async function execute<Tx>(engine: Engine<Tx>, asking: Asking): Promise<AnyOutcome | undefined> {
  return await inSpan(engine, asking.request, {}, () => executeInSpan(engine, asking));
}

async function executeInSpan<Tx>(engine: Engine<Tx>, asking: Asking): Promise<AnyOutcome | undefined> {
  const until = performance.now() + asking.waitMs;
  const leftMs = () => Math.max(0, until - performance.now());
  let claiming = asking.replayHint ? undefined : asking.claiming;
  let again = false;
  for (let turn = 0, lost = 0; ; turn++) {
    try {
      const seen = claiming === undefined ? await look(engine, asking) : await claimed(engine, claiming, leftMs());
      switch (seen.kind) {
        case 'answer':
          return seen.outcome;
        case 'ours':
          return await drive(engine, seen.run);
        case 'exists':
          claiming = undefined;
          break;
        case 'gone':
          if (asking.claiming === undefined) return undefined;
          claiming = asking.claiming;
          break;
        case 'expired':
          // Once: a tombstone that is too young stays one.
          if (asking.claiming === undefined || !asking.rerunExpired || again) throw refusal(seen, asking.request);
          again = true;
          claiming = { ...asking.claiming, again };
          break;
        case 'busy':
          if (leftMs() === 0) throw inFlight(asking.request, seen.dueInMs);
          await sleep(Math.min(25 * 2 ** Math.min(turn, 4), leftMs()));
      }
    } catch (error) {
      // Lost: somebody has taken over, so read what they have made of it.
      if (!(error instanceof LeaseLostError) || ++lost === 3) throw refused(engine, asking.request, error);
      claiming = undefined;
    }
  }
}

async function claimed<Tx>(engine: Engine<Tx>, claiming: Claiming, leftMs: number): Promise<Seen> {
  const begun = await begin(engine, claiming, Math.max(leftMs, shortestClaimMs));
  switch (begun.kind) {
    case 'ended':
      return {
        kind: 'answer',
        outcome: await committed(engine, claiming, claiming.definition.phases[0], begun.ending),
      };
    case 'owned':
      await passed(engine, begun.run);
      return { kind: 'ours', run: begun.run };
    case 'exists':
      return { kind: 'exists' };
    case 'blocked':
      return { kind: 'busy', dueInMs: 1_000 };
  }
}

/** One statement cannot tell waiting for a rival from being slow, so even waitMs 0 gives a claim this long. */
export const shortestClaimMs = 250;

async function look<Tx>(engine: Engine<Tx>, { request, definition }: Asking): Promise<Seen> {
  const [row] = await ask(request, () => engine.database.query(find, [request.id]));
  if (row === undefined) return { kind: 'gone' };
  const found = readFound(row);
  refuseUnreadable(engine, request, found.fingerprint);
  const decision = decide(found, request.fingerprints);
  switch (decision.kind) {
    case 'gone':
    case 'expired':
      return decision;
    case 'mismatch':
      throw refusal(decision, request);
    case 'settled': {
      const outcome = replay(engine, request, found.fingerprint, decision);
      engine.emit(eventOf('replayed', request));
      return { kind: 'answer', outcome };
    }
    case 'in_flight':
      return { kind: 'busy', dueInMs: decision.dueInMs };
    case 'standing':
      return whatCameOf(await standing(engine, request, definition));
    case 'due':
      return whatCameOf(await takeOverIfDue(engine, request, definition));
  }
}

/** Nothing: somebody has been faster, so look again. */
function whatCameOf(found: AnyOutcome | Run | undefined): Seen {
  if (found === undefined) return { kind: 'busy', dueInMs: 0 };
  return 'status' in found ? { kind: 'answer', outcome: found } : { kind: 'ours', run: found };
}

/** Runs the phases that are left, each behind the last committed one, until there is an answer. */
export async function drive<Tx>(engine: Engine<Tx>, begun: Run): Promise<AnyOutcome> {
  let run = begun;
  for (;;) {
    const phase = run.definition.phases[run.next];
    if (phase === undefined) throw new RangeError(`${run.definition.name}: a workflow ends with a transaction`);
    if (phase.kind === 'transaction') {
      const moved = await runPhase(engine, run, phase).catch((error: unknown) => letGo(engine, run, error));
      if (moved.kind === 'ended') return await committed(engine, run.request, phase, moved.ending);
      run = moved.run;
      await passed(engine, run);
    } else {
      const heard = await callOutside(engine, run, phase).catch((error: unknown) => letGo(engine, run, error));
      noteRecovered(engine, run, phase.name, heard);
      await engine.at(`answered:${phase.name}`, run.request);
      if (heard.status !== 'answered' && heard.status !== 'declined')
        return await putDown(engine, run, phase.name, heard);
      // Only in memory: the next transaction stores it; after a crash the call is looked up, or sent under the same key.
      run = {
        ...run,
        known: { ...run.known, [phase.name]: heard },
        next: run.next + 1,
        waited: undefined,
        maybeSent: false,
      };
    }
  }
}

/** A call that had been answered with a wait was known all along. */
function noteRecovered<Tx>(engine: Engine<Tx>, run: Run, phase: string, { status }: Heard): void {
  if (!run.maybeSent || run.waited !== undefined || status === 'unknown' || status === 'park') return;
  const unknownMs = Math.round(performance.now() - run.advancedAt);
  engine.emit(eventOf('recovered', run.request, { fence: run.fence, phase, unknownMs }));
}

async function passed<Tx>(engine: Engine<Tx>, run: Run): Promise<void> {
  const phase = recoveryPointOf(run) ?? 'claim';
  engine.emit(eventOf('advanced', run.request, { fence: run.fence, phase }));
  await engine.at(`committed:${phase}`, run.request);
}

async function committed<Tx>(engine: Engine<Tx>, request: Request, phase: Phase | undefined, ending: Ending) {
  const name = phase?.name ?? '';
  engine.emit(eventOf('settled', request, { phase: name }));
  if (ending.tooLarge) engine.emit(eventOf('expired', request, { phase: name }));
  await engine.at(`committed:${name}`, request);
  return ended(engine, ending);
}

function refused<Tx>(engine: Engine<Tx>, request: Request, error: unknown): unknown {
  if (error instanceof IdempotencyError) engine.emit(eventOf('refused', request, { code: error.code }));
  return error;
}
