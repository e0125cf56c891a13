import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { markedFolder, removeAbandoned } from './abandoned.ts';
import type { Binaries } from './binaries.ts';
import { errorCode, LocalPostgresError, reason } from './errors.ts';
import { spawnTied } from './spawn.ts';
import type { ServerUser } from './user.ts';

const PASSWORD_FILE = 'once.password';

export interface NewCluster {
  readonly dataDir: string;
  readonly clusterDir: string;
  readonly binaries: Binaries;
  readonly user: ServerUser | undefined;
  /** False: initdb does not wait for the disk (throw-away clusters only). */
  readonly sync: boolean;
}

/** Makes the cluster unless it is there. Made beside and moved in whole: an initdb cut off never looks like a cluster. */
export async function ensureCluster(cluster: NewCluster): Promise<void> {
  if (existsSync(join(cluster.clusterDir, 'PG_VERSION'))) return;
  let folder: string | undefined;
  try {
    await removeAbandoned(cluster.dataDir, 'pg.init');
    folder = markedFolder(cluster.dataDir, 'pg.init');
    await initialise(folder, cluster);
  } catch (error) {
    if (error instanceof LocalPostgresError) throw error;
    throw new LocalPostgresError('POSTGRES_DATA_DIR', `Cannot make a cluster in ${cluster.dataDir}: ${reason(error)}`, {
      cause: error,
    });
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** The superuser's password, readable to the cluster's owner and root alone: loopback is open to every local user. */
export function clusterPassword(clusterDir: string): string {
  try {
    return readFileSync(join(clusterDir, PASSWORD_FILE), 'utf8').trim();
  } catch (error) {
    throw new LocalPostgresError(
      'POSTGRES_DATA_DIR',
      `The cluster ${clusterDir} was not made by us or lost its password (${reason(error)}): move it away.`,
      { cause: error },
    );
  }
}

/**
 * Where `-D` finds the cluster that is its working directory. The server's user may not be allowed through the folders
 * above (root's home is closed to nobody); this path leads there without walking them. It dies with `cwd`, not before.
 */
export function dataDirectory(clusterDir: string, user: ServerUser | undefined): string {
  return user === undefined ? clusterDir : '/proc/self/cwd';
}

async function initialise(folder: string, { dataDir, clusterDir, binaries, user, sync }: NewCluster): Promise<void> {
  const made = join(folder, 'cluster');
  const password = join(folder, 'password');
  mkdirSync(made, { mode: 0o700 });
  writeFileSync(password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600, flush: true });
  if (user !== undefined) for (const path of [folder, made, password]) chownSync(path, user.uid, user.gid);
  await initdb(made, { binaries, user, sync });
  renameSync(password, join(made, PASSWORD_FILE));
  try {
    renameSync(made, clusterDir);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    return; // another process was faster: its cluster is the one
  }
  flushFolder(clusterDir);
  flushFolder(dataDir);
}

async function initdb(
  dir: string,
  { binaries, user, sync }: Pick<NewCluster, 'binaries' | 'user' | 'sync'>,
): Promise<void> {
  const child = spawnTied(
    binaries.initdb,
    [
      ...['-D', dataDirectory(dir, user), '--username=postgres', '--auth=scram-sha-256', '--pwfile=../password'],
      // The machine's LANG and LC_ALL must not decide how this database sorts, nor whether it can be made at all.
      ...['--no-locale', '--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      ...['--data-checksums', '--no-instructions', ...(sync ? [] : ['--no-sync'])],
    ],
    { cwd: dir, user, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const output = child.stderr === null ? Promise.resolve('') : text(child.stderr);
  const [exitCode] = await once(child, 'exit');
  if (exitCode === 0) return;
  const said = (await output).split('\n').find((line) => /error|fatal/i.test(line)) ?? `exit code ${exitCode}`;
  throw new LocalPostgresError('POSTGRES_NOT_STARTED', `Cannot make a cluster in ${dir}: ${said}`);
}

/** A folder's own entries reach the disk by an fsync of the folder: without it a power cut could undo the rename. */
function flushFolder(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
