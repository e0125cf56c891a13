// Decides, purely: what a record, as it was found, means for somebody who asks for it.
import type { Row } from './database.ts';
import { type State, states } from './statements.ts';

/** What `find` reads. */
export interface Found {
  readonly state: State;
  /** In hex. */
  readonly fingerprint: string;
  readonly outcome: string | null;
  /** Milliseconds until somebody else may act; null once nobody may. */
  readonly dueInMs: number | null;
}

/** What `inspect` reads. */
export interface Inspected extends Found {
  readonly fence: number;
  readonly failedTries: number;
  readonly version: number;
  readonly recoveryPoint: string | null;
  readonly progress: string | null;
  readonly input: string | null;
  readonly writtenBy: string;
  readonly ageMs: number;
  readonly createdAtMs: number;
  readonly advancedAtMs: number;
  readonly dueAtMs: number | null;
  readonly retainedUntilMs: number | null;
  readonly operatorLog: string | null;
}

export type Decision =
  /** Not there: never claimed, or its retention ended between two statements. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'settled'; readonly status: 'succeeded' | 'rejected'; readonly outcome: string | null }
  /** Somebody holds it. */
  | { readonly kind: 'in_flight'; readonly dueInMs: number }
  /** Waiting and not due, or parked: it answers as it stands. */
  | { readonly kind: 'standing'; readonly dueInMs: number | null }
  /** Its lease has lapsed, or its next try is due: whoever asks may take it over. */
  | { readonly kind: 'due' };

/** @param fingerprints of the request; undefined for those who drive a record by its stored input. */
export function decide(found: Found | undefined, fingerprints?: readonly string[]): Decision {
  if (found === undefined) return { kind: 'gone' };
  // Before in flight: a caller who sent something else must not be told to come back for it.
  if (fingerprints?.includes(found.fingerprint) === false) return { kind: 'mismatch' };
  switch (found.state) {
    case 'expired':
      return { kind: 'expired' };
    case 'succeeded':
    case 'rejected':
      return { kind: 'settled', status: found.state, outcome: found.outcome };
    case 'needs_review':
      return { kind: 'standing', dueInMs: null };
    case 'waiting':
    case 'in_flight': {
      const dueInMs = found.dueInMs ?? 0;
      if (dueInMs <= 0) return { kind: 'due' };
      return { kind: found.state === 'waiting' ? 'standing' : 'in_flight', dueInMs };
    }
  }
}

export const readFound = (row: Row): Found => ({
  state: stateOf(row['state']),
  fingerprint: row['fingerprint'] ?? '',
  outcome: row['outcome'] ?? null,
  dueInMs: optional(row['due_in_ms']),
});

export const readInspected = (row: Row): Inspected => ({
  ...readFound(row),
  fence: Number(row['fence']),
  failedTries: Number(row['failed_tries']),
  version: Number(row['version']),
  recoveryPoint: row['recovery_point'] ?? null,
  progress: row['progress'] ?? null,
  input: row['input'] ?? null,
  writtenBy: row['written_by'] ?? '',
  ageMs: Number(row['age_ms']),
  createdAtMs: Number(row['created_at_ms']),
  advancedAtMs: Number(row['advanced_at_ms']),
  dueAtMs: optional(row['due_at_ms']),
  retainedUntilMs: optional(row['retained_until_ms']),
  operatorLog: row['operator_log'] ?? null,
});

const optional = (text: string | null | undefined): number | null => (text == null ? null : Number(text));

function stateOf(text: string | null | undefined): State {
  const state = states[Number(text)];
  // A newer library may have states that we do not know: never guess that nothing has happened.
  if (state === undefined) throw new RangeError(`idempotency.record has the unknown state ${text}`);
  return state;
}
