import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Without it nobody could be told from anybody else, or nothing stored be read: the process must not start. */
export class KeptSecretError extends Error {
  override readonly name = 'KeptSecretError';
  readonly code = 'KEPT_SECRET';
}

/**
 * A secret of this shop in 64 hexadecimal digits, kept in a file in `dataDir`. Made by whoever asks first; processes that
 * ask in the same instant get the same one.
 *
 * @param variable what may be set instead
 * @throws {KeptSecretError} the folder can be neither read nor written
 */
export function keptSecret(dataDir: string, { file, variable }: { file: string; variable: string }): string {
  const path = join(dataDir, file);
  try {
    return read(path) ?? make(dataDir, path);
  } catch (cause) {
    const why = `cannot be kept there (${String(cause)}): make it writable, or set ${variable}`;
    throw new KeptSecretError(`DATA_DIR ${dataDir}: ${file} ${why}`, { cause });
  }
}

function make(dataDir: string, path: string): string {
  mkdirSync(dataDir, { recursive: true });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, randomBytes(32).toString('hex'), { mode: 0o600, flush: true });
    // A link appears whole or not at all, and never replaces what is there: nobody reads half a secret.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path, 'utf8');
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8') || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
