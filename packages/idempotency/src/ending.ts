// How an operation ends, and what of that is kept. Past maxOutcomeBytes the caller gets the outcome and the record becomes
// a tombstone at once: a retry hears KEY_EXPIRED, which is better than executing twice.
import type { Engine, Request, Run } from './engine.ts';
import type { Settled } from './outcome.ts';
import type { Decision } from './state.ts';
import { bury, finish, milliseconds, settle, states } from './statements.ts';
import { isTooLarge } from './texts.ts';

export interface Ending {
  readonly status: 'succeeded' | 'rejected';
  /** As the codec has written it. */
  readonly outcome: string | null;
  readonly tooLarge: boolean;
}

/** @throws {IdempotencyError} IDEMPOTENCY_OUTCOME_INVALID. */
export function endingOf<Tx>(engine: Engine<Tx>, exit: { status: Ending['status']; value: unknown }): Ending {
  const outcome = engine.texts.encode(exit.value);
  return { status: exit.status, outcome, tooLarge: isTooLarge(engine, outcome) };
}

type Statement = readonly [text: string, parameters: (string | null)[]];

/** The last statement of an operation. @param born a `transaction` is born settled: only its outcome is missing. */
export function endStatement<Tx>(
  engine: Engine<Tx>,
  { request, record, fence }: Run,
  ending: Ending,
  born: 'settled' | 'in_flight',
): Statement {
  const { status } = ending;
  const held = [request.id, String(fence)];
  if (ending.tooLarge) {
    // As long as any other key is known: its retention, and its time as a tombstone.
    const knownMs = engine.retentionMs + engine.tombstoneMs;
    const before = born === 'settled' ? states.indexOf('succeeded') : states.indexOf('in_flight');
    return [bury, [...held, String(before), milliseconds(knownMs)]];
  }
  const outcome = engine.texts.seal(record, status, ending.outcome);
  const state = String(states.indexOf(status));
  if (born === 'settled') return [finish, [request.id, state, outcome]];
  return [settle, [...held, state, outcome, milliseconds(engine.retentionMs)]];
}

/** What whoever executed it gets: read back from the text, so that it equals every replay. */
export const ended = <Tx>({ texts }: Engine<Tx>, { status, outcome }: Ending) =>
  settled(status, texts.decode(outcome), false);

/** @throws {IdempotencyError} IDEMPOTENCY_UNREADABLE. */
export const replay = <Tx>(
  { texts }: Engine<Tx>,
  request: Request,
  fingerprint: string,
  { status, outcome }: Decision & { readonly kind: 'settled' },
) => settled(status, texts.read({ ...request, fingerprint }, status, outcome), true);

const settled = (status: Ending['status'], value: unknown, replayed: boolean): Settled<unknown, unknown> =>
  status === 'succeeded' ? { status, value, replayed } : { status, reason: value, replayed };
