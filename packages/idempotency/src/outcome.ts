// What the caller gets. Unions for what a page must show; refusals that every operation answers alike are errors.
import type { Json } from './stored.ts';
import type { Workflow } from './workflow.ts';

/** `value` and `reason` are what was stored, on the first run too. `replayed`: read back, nothing was executed. */
export type Settled<V, R> =
  | { readonly status: 'succeeded'; readonly value: V; readonly replayed: boolean }
  | { readonly status: 'rejected'; readonly reason: R; readonly replayed: boolean };

export type Outcome<V, R, D = Json> =
  | Settled<V, R>
  /** The other side has it and is not done. `details` are what the call said last. */
  | { readonly status: 'waiting'; readonly phase: string | null; readonly details: D; readonly retryAfterMs: number }
  /** It may or may not have happened. Never show it as a failure. `needsReview`: no machine tries any more. */
  | {
      readonly status: 'unknown';
      readonly phase: string | null;
      readonly retryAfterMs: number;
      readonly needsReview: boolean;
    };

/** Where the types of one operation are not known: in the engine and in a worker. */
export type AnyOutcome = Outcome<unknown, unknown, unknown>;

/** What `run` returns for a workflow. */
export type OutcomeOf<W> =
  W extends Workflow<infer _App, infer _In, infer _Known, infer Early, infer Reason, infer Details, infer Last>
    ? Outcome<Last | Early, Reason, Details>
    : never;
