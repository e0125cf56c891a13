// A record put down without a final answer: it waits for its next try, or for an operator.
import type { Heard } from './call.ts';
import { backoffMs, type Engine, eventOf, leaseLost, type Run } from './engine.ts';
import { LeaseLostError } from './errors.ts';
import { loggedAs } from './operator.ts';
import type { AnyOutcome } from './outcome.ts';
import { milliseconds, park, wait } from './statements.ts';
import { ask } from './transact.ts';

/** How long a page should wait before it asks again about a record that only a person moves, in milliseconds. */
export const reviewMs = 60_000;

/** @throws {LeaseLostError} when another holder has taken over; its answer counts. */
export async function putDown<Tx>(engine: Engine<Tx>, run: Run, phase: string, heard: Heard): Promise<AnyOutcome> {
  const { request, fence } = run;
  if (heard.status === 'park') return await parkHeld(engine, run, phase);
  const asked = 'retryAfterMs' in heard ? heard.retryAfterMs : undefined;
  const retryAfterMs = Math.ceil(Math.max(asked ?? backoffMs(run.failedTries), 0));
  if (heard.status === 'waiting') {
    await fenced(engine, run, wait, [milliseconds(retryAfterMs), detailsText(engine, run, heard.details)]);
    engine.emit(eventOf('waiting', request, { fence, phase, retryAfterMs }));
    return { status: 'waiting', phase, details: heard.details, retryAfterMs };
  }
  await fenced(engine, run, wait, [milliseconds(retryAfterMs), null]);
  const cause = 'cause' in heard ? heard.cause : undefined;
  engine.emit(eventOf('unknown', request, { fence, phase, retryAfterMs, cause }));
  return { status: 'unknown', phase, retryAfterMs, needsReview: false };
}

/** No machine tries it any more. @throws {LeaseLostError}. */
export async function parkHeld<Tx>(engine: Engine<Tx>, run: Run, phase: string | null): Promise<AnyOutcome> {
  await fenced(engine, run, park, loggedAs(undefined));
  engine.emit(eventOf('parked', run.request, { fence: run.fence, ...(phase !== null && { phase }) }));
  return { status: 'unknown', phase, retryAfterMs: reviewMs, needsReview: true };
}

/** A throw says nothing about the answer: the next try comes after a backoff, which is sooner than the lease's end. */
export async function letGo<Tx>(engine: Engine<Tx>, run: Run, error: unknown): Promise<never> {
  if (!(error instanceof LeaseLostError)) {
    const parameters = [run.request.id, String(run.fence), milliseconds(backoffMs(run.failedTries)), null];
    await engine.database.query(wait, parameters).catch(() => {}); // then the lease lapses by itself
    engine.emit(eventOf('failed', run.request, { fence: run.fence, cause: error }));
  }
  throw error;
}

const detailsText = <Tx>({ texts }: Engine<Tx>, { record }: Run, details: unknown) =>
  texts.seal(record, 'details', texts.encode(details));

async function fenced<Tx>(engine: Engine<Tx>, run: Run, text: string, parameters: (string | null)[]): Promise<void> {
  const held = [run.request.id, String(run.fence)];
  const [row] = await ask(run.request, () => engine.database.query(text, [...held, ...parameters]));
  if (row === undefined) throw leaseLost(engine, run);
}
