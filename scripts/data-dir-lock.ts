import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StackError } from './errors.ts';

export interface DataDirLock {
  release(): void;
}

/**
 * Makes this process the only one that runs a shop on this folder, or clears it. SQLite's lock on a file is the kernel's:
 * it ends with the process, however that ends, which a file with a process id in it does not.
 *
 * @throws {StackError} `DATA_DIR_IN_USE`
 */
export function lockDataDir(dataDir: string): DataDirLock {
  try {
    mkdirSync(dataDir, { recursive: true });
    const lock = new DatabaseSync(join(dataDir, 'stack.lock'), { timeout: 0 });
    lock.exec('pragma journal_mode = delete');
    lock.exec('begin exclusive');
    return { release: () => lock.close() };
  } catch (error) {
    const busy = error instanceof Error && /locked|busy/i.test(error.message);
    throw busy
      ? new StackError('DATA_DIR_IN_USE', `A shop is running on ${dataDir} already: stop it, or set DATA_DIR.`)
      : new StackError('SETTING_INVALID', `DATA_DIR ${dataDir} cannot be used: ${String(error)}`, { cause: error });
  }
}
