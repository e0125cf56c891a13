import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

// Beside the sources, not in the system's temporary folder: that may be memory, where an fsync costs nothing.
const BESIDE = join(import.meta.dirname, '../.data');

/** A new folder, gone when the work is done. */
export async function withFolder<T>(
  name: string,
  work: (folder: string) => Promise<T>,
  parent: string = BESIDE,
): Promise<T> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, `${name}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
