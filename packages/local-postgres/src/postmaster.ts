import { linkSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './errors.ts';

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** A standby is as ready as it will be: it answers whoever reads. */
const READY = new Set(['ready', 'standby']);

/** The living server of a cluster, as its lock file `postmaster.pid` names it. */
export function livingPostmaster(clusterDir: string): Postmaster | undefined {
  const found = readLockFile(clusterDir);
  return found !== undefined && isPostmasterOf(clusterDir, found.pid) ? found : undefined;
}

/**
 * Puts a lock file aside whose process is dead or is somebody else by now. Postgres itself refuses to start while any
 * process of the same user has that id (common in containers, where small ids come again) or the dead one is not reaped.
 * Two servers cannot come of it: each holds `once.lock` and Postgres's shared memory segment, keyed by the cluster.
 */
export function putAsideDeadLockFile(clusterDir: string): void {
  const dead = readLockFile(clusterDir);
  if (dead === undefined || isPostmasterOf(clusterDir, dead.pid)) return;
  const file = join(clusterDir, 'postmaster.pid');
  const aside = join(clusterDir, `postmaster.pid.dead-${process.pid}`);
  try {
    renameSync(file, aside);
    // Another process may have done the same and started a server between our look and our rename: give its file back.
    if (readPid(aside) !== dead.pid) linkSync(aside, file);
    rmSync(aside);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
  }
}

function readLockFile(clusterDir: string): Postmaster | undefined {
  const lines = read(join(clusterDir, 'postmaster.pid'))?.split('\n');
  const pid = Number(lines?.[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines?.[3]), ready: READY.has(lines?.[7]?.trim() ?? '') };
}

function readPid(file: string): number {
  return Number(read(file)?.split('\n')[0]);
}

function isPostmasterOf(clusterDir: string, pid: number): boolean {
  // "<pid> (<name>) <state> …"; a zombie (Z) has ended, whatever its lock file says.
  const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(read(`/proc/${pid}/stat`) ?? '') ?? [];
  if (name !== 'postgres' || state === 'Z' || state === 'X') return false;
  try {
    const cwd = statSync(`/proc/${pid}/cwd`);
    const cluster = statSync(clusterDir);
    return cwd.ino === cluster.ino && cwd.dev === cluster.dev;
  } catch (error) {
    // Root without CAP_SYS_PTRACE (Docker) may not look: a process named postgres is then taken for ours. If it is not,
    // it does not know the cluster's password and we stop with an error, having harmed nothing.
    return errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM';
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
