import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './errors.ts';

/** A new folder of mode 0700 that carries our process id, so that others can tell when nobody works in it any more. */
export function markedFolder(parent: string, prefix: string): string {
  return mkdtempSync(join(parent, `${prefix}-${process.pid}-`));
}

/** Removes marked folders whose process was killed before it could do so itself. */
export async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  for (const entry of readdirSync(parent)) {
    const pid = new RegExp(`^${prefix}-(\\d+)-`).exec(entry)?.[1];
    if (pid === undefined || lives(Number(pid))) continue;
    try {
      // Retried, for up to 5 s on a busy machine: what the killed process had started may still be ending, and writing.
      // Not by rmSync: Node 24 rounds its delay down to whole seconds, and so tries ten times at once.
      await rm(join(parent, entry), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    } catch (error) {
      if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes(errorCode(error) ?? '')) throw error; // another user's, or in removal
    }
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}
