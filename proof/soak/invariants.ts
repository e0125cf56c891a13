import type { Evidence } from './evidence.ts';
import { CLIENT_INVARIANTS } from './invariants-client.ts';
import { HISTORY_INVARIANTS } from './invariants-history.ts';
import { MONEY_INVARIANTS } from './invariants-money.ts';

/** Looks for what must not be, and says a sentence for each case of it. */
export type Check = (evidence: Evidence) => string[];

export interface Violation {
  /** As reference numbers of docs/fault-matrix.md: I1, I2, … */
  readonly invariant: string;
  readonly what: string;
}

/** Those that a soak can see. The others have tests of their own: docs/fault-matrix.md says which. */
export const INVARIANTS: Readonly<Record<string, { readonly says: string; readonly check: Check }>> = {
  ...MONEY_INVARIANTS,
  ...CLIENT_INVARIANTS,
  ...HISTORY_INVARIANTS,
};

export function violationsOf(evidence: Evidence): Violation[] {
  return Object.entries(INVARIANTS).flatMap(([invariant, { check }]) =>
    check(evidence).map((what) => ({ invariant, what })),
  );
}
