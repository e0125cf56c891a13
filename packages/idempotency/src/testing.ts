// For the tests of applications: stop a workflow anywhere, let leases lapse without waiting, and pin a workflow's shape.
import type { Database } from './database.ts';
import type { Definition } from './workflow.ts';

/** Every point that a run of this workflow passes when all goes well, in order. The chain is data: nothing is run. */
export function crashPoints(workflow: Definition): string[] {
  const points = workflow.phases.flatMap(({ kind, name }, index) => {
    if (kind === 'call') return [...(index === 0 ? ['committed:claim'] : []), `sending:${name}`, `answered:${name}`];
    return [`committing:${name}`, `committed:${name}`];
  });
  return ['claimed', ...points];
}

/**
 * For `at` of createOnce: whoever reaches the point goes no further. Between transactions it never continues, as after
 * SIGKILL; inside one (`claimed`, `committing:…`) it throws, as the server undoes the transaction of a process that died.
 */
export function crashAt(point: string): {
  readonly at: (here: string) => Promise<void>;
  readonly reached: Promise<void>;
} {
  let arrive = () => {};
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const at = async (here: string) => {
    if (here !== point) return;
    arrive();
    if (here === 'claimed' || here.startsWith('committing:')) throw new CrashError(here);
    await new Promise<never>(() => {});
  };
  return { at, reached };
}

/** Thrown by `crashAt` inside a transaction. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
  readonly code = 'IDEMPOTENCY_TEST_CRASH';
  constructor(point: string) {
    super(`crashed at ${point}`);
  }
}

/**
 * Lets the leases and the waits of a scope end now: the clock is the database's, so a test moves the row.
 * @returns how many records are due.
 */
export async function makeDue<Tx>(database: Database<Tx>, scope: string): Promise<number> {
  const rows = await database.query(
    `update idempotency.record set due_at = statement_timestamp() - interval '1 second'
    where scope = $1::text and state in (0, 1) returning id::text`,
    [scope],
  );
  return rows.length;
}

/** Moves the last recovery point of a scope's records into the past, for `resendWithinMs`. */
export async function ageBy<Tx>(database: Database<Tx>, scope: string, ms: number): Promise<void> {
  await database.query(
    `update idempotency.record set advanced_at = advanced_at - $2::text::interval where scope = $1::text`,
    [scope, `${ms} milliseconds`],
  );
}

/** Names, kinds and order of the phases: snapshot it, and a change without a new version fails the test. */
export const planOf = ({ name, version, phases }: Definition): string =>
  `${name}@${version}: ${phases.map((phase) => `${phase.kind === 'call' ? '↗' : '■'} ${phase.name}`).join(' → ')}`;
