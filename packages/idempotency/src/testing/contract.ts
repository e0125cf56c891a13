// What the library asks of an adapter, as cases that any test runner can run, or a plain loop.
import { commits } from './contract-commits.ts';
import { limits } from './contract-limits.ts';
import { losses } from './contract-losses.ts';
import { joining } from './contract-within.ts';
import { onStage, type Subject } from './stage.ts';

export type { Opened, Subject } from './stage.ts';

export interface ContractCase {
  readonly name: string;
  /** @throws {AssertionError} when the adapter does something else. */
  readonly run: () => Promise<void>;
}

/**
 * @param subject opens pools of the driver with your adapter over them.
 * @param options.url a database that has the library's migrations, reached over plain TCP by a role that may end sessions
 *   and create tables: the cases write to `idempotency.record` and to a table `once_contract`, each under its own scope.
 */
export function contract<Tx>(subject: Subject<Tx>, { url }: { readonly url: string }): readonly ContractCase[] {
  const cases = { ...commits<Tx>(), ...joining<Tx>(), ...losses<Tx>(), ...limits<Tx>() };
  return Object.entries(cases).map(([name, play]) => ({ name, run: () => onStage(subject, url, play) }));
}
