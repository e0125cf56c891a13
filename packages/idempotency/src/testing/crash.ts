// Ends or stalls a process at a point of its run, for the option `at` of createOnce.
import { isInTransaction } from './plan.ts';

/** The option `at` of createOnce. */
export type At = (point: string) => Promise<void>;

/**
 * Whoever reaches the point goes no further. Between transactions it never continues, as after SIGKILL; inside one
 * (`claimed`, `committing:…`) it throws, as the server undoes the transaction of a process that died.
 */
export function crashAt(point: string): { readonly at: At; readonly reached: Promise<void> } {
  const { at, reached } = stallAt(point);
  return {
    reached,
    at: async (here) => {
      if (here === point && isInTransaction(here)) {
        void at(here);
        throw new CrashError(here);
      }
      await at(here);
    },
  };
}

/** Whoever reaches the point goes no further until `goOn`, as a process that was stopped or that collects garbage. */
export function stallAt(point: string): {
  readonly at: At;
  readonly reached: Promise<void>;
  readonly goOn: () => void;
} {
  let arrive = () => {};
  let goOn = () => {};
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const released = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const at = async (here: string) => {
    if (here !== point) return;
    arrive();
    await released;
  };
  return { at, reached, goOn: () => goOn() };
}

/** Thrown by `crashAt` inside a transaction. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
  readonly code = 'IDEMPOTENCY_TEST_CRASH';
  constructor(point: string) {
    super(`crashed at ${point}`);
  }
}
