// What can be read off an operation without running it.
import type { Definition } from '../workflow.ts';

/**
 * Every point that a run passes when all goes well, in order. The chain is data: nothing is run.
 * @param workflow without it: the points of a `once.transaction`.
 */
export function crashPoints(workflow?: Definition): string[] {
  const phases = workflow?.phases ?? [{ kind: 'transaction' as const, name: 'transaction' }];
  const points = phases.flatMap(({ kind, name }, index) => {
    if (kind === 'call') return [...(index === 0 ? ['committed:claim'] : []), `sending:${name}`, `answered:${name}`];
    return [`committing:${name}`, `committed:${name}`];
  });
  return ['claimed', ...points];
}

/** Inside a transaction, which the server undoes when its process dies. */
export const isInTransaction = (point: string): boolean => point === 'claimed' || point.startsWith('committing:');

/** Names, kinds and order of the phases: snapshot it, and a change without a new version fails the test. */
export const planOf = ({ name, version, phases }: Definition): string =>
  `${name}@${version}: ${phases.map((phase) => `${phase.kind === 'call' ? '↗' : '■'} ${phase.name}`).join(' → ')}`;
