import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Nobody could be told from anybody else: the process must not start. */
export class GuestSecretError extends Error {
  override readonly name = 'GuestSecretError';
  readonly code = 'GUEST_SECRET';
}

/**
 * The secret that signs guest cookies, kept in `<dataDir>/cookie-secret`. Made by whoever asks first; processes that ask
 * in the same instant get the same one.
 *
 * @throws {GuestSecretError} the folder can be neither read nor written
 */
export function guestSecret(dataDir: string): string {
  const path = join(dataDir, 'cookie-secret');
  try {
    return read(path) ?? make(dataDir, path);
  } catch (cause) {
    const why = `cannot be kept there (${String(cause)}): make it writable, or set COOKIE_SECRET`;
    throw new GuestSecretError(`DATA_DIR ${dataDir}: the secret of the guests' cookies ${why}`, { cause });
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
