import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fchownSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { dataDirectory } from './cluster.ts';
import { errorCode, LocalPostgresError, reason } from './errors.ts';
import { livingPostmaster, putAsideDeadLockFile } from './postmaster.ts';
import { LOCK_HELD_EXIT_CODE, missingProtection, spawnTied } from './spawn.ts';
import type { ServerUser } from './user.ts';

export interface Server {
  readonly kind: 'started' | 'adopted';
  readonly pid: number;
  readonly port: number;
  readonly stop: () => Promise<void>;
  readonly died: Promise<string> | undefined;
}

export interface ServerOptions {
  readonly clusterDir: string;
  readonly binaries: Binaries;
  readonly user: ServerUser | undefined;
  readonly logFile: string;
  readonly port?: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly warn: (message: string) => void;
}

const SETTINGS: Readonly<Record<string, string>> = {
  // On the command line, so that neither postgresql.conf nor ALTER SYSTEM can quietly turn durability off.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // a socket path is at most 107 bytes long, a data folder's may be longer
  max_connections: '200',
  log_line_prefix: '%m [%p] ',
  timezone: 'UTC',
};

const START_TIMEOUT_MS = 120_000; // recovery after a crash replays up to a checkpoint's worth of WAL
const HELD_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 15;
const MAX_EXITS = 3;

/** The one server of the cluster: the one that runs, or a new one. @throws {LocalPostgresError} */
export async function startOrAdopt(options: ServerOptions): Promise<Server> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  const heldDeadline = Date.now() + HELD_TIMEOUT_MS;
  for (const line of missingProtection()) options.warn(line);
  let started: Started | undefined;
  for (let exits = 0; Date.now() < deadline; await sleep(POLL_MS)) {
    const living = livingPostmaster(options.clusterDir);
    if (living?.ready === true) return serverOf(living, started);
    if (living !== undefined) continue; // starting or stopping, ours or not: it is one of the two before long
    if (started === undefined) {
      started = await startServer(options);
    } else if (hasEnded(started.child)) {
      const said = saidBy(started, options.logFile);
      started = undefined;
      const held = HELD_BY_ANOTHER.test(said);
      if (held ? Date.now() > heldDeadline : ++exits === MAX_EXITS) throw notStarted(options, said);
      // Only on Postgres's word: what refuses us by our own lock may be alive where we cannot see it.
      if (LOCK_FILE_EXISTS.test(said)) putAsideDeadLockFile(options.clusterDir);
      if (held) await sleep(10 * POLL_MS);
    }
  }
  if (started !== undefined) await stopServer(started.child);
  throw notStarted(options, `not ready within ${START_TIMEOUT_MS / 1000} s`);
}

interface Started {
  readonly child: ChildProcess;
  readonly logOffset: number;
}

const LOCK_FILE_EXISTS = /lock file "postmaster\.pid" already exists/;
const LOCK_HELD = 'the cluster is held by a server in another container, or by processes of a killed one';
// The server that won the race with ours, or what a killed one started and is still ending: both pass.
const HELD_BY_ANOTHER = new RegExp(`${LOCK_FILE_EXISTS.source}|${LOCK_HELD}|is still in use`);

function saidBy({ child, logOffset }: Started, logFile: string): string {
  if (child.exitCode === LOCK_HELD_EXIT_CODE) return LOCK_HELD;
  return readFileSync(logFile).subarray(logOffset).toString('utf8');
}

async function startServer(options: ServerOptions): Promise<Started> {
  const { clusterDir, binaries, user, logFile } = options;
  const port = await freePort(options.port);
  const settings = Object.entries({ ...SETTINGS, ...options.settings, port: String(port) });
  const log = openLog(logFile, user);
  try {
    const logOffset = fstatSync(log).size;
    const child = spawnTied(
      binaries.postgres,
      ['-D', dataDirectory(clusterDir, user), ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { cwd: clusterDir, user, stdio: ['ignore', log, log], lockFile: 'once.lock' },
    );
    await once(child, 'spawn');
    child.unref(); // a process that ends without stop() ends, and its server with it
    return { child, logOffset };
  } catch (error) {
    throw notStarted(options, reason(error), error);
  } finally {
    closeSync(log);
  }
}

function serverOf({ pid, port }: { pid: number; port: number }, started: Started | undefined): Server {
  if (started?.child.pid !== pid) return { kind: 'adopted', pid, port, stop: async () => {}, died: undefined };
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= stopServer(started.child);
    return stopped;
  };
  const died = new Promise<string>((resolve) => {
    started.child.once('exit', (code, signal) => {
      if (stopped === undefined) resolve(signal ?? `exit code ${code}`);
    });
  });
  return { kind: 'started', pid, port, stop, died };
}

/** Fast shutdown: rolls back what is open, writes a checkpoint, leaves a clean cluster. Then by force. */
async function stopServer(child: ChildProcess): Promise<void> {
  child.ref();
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (hasEnded(child)) return;
    child.kill(signal);
    const until = Date.now() + STOP_TIMEOUT_MS;
    while (!hasEnded(child) && Date.now() < until) await sleep(POLL_MS);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** @param wanted this one, or none; any that is free unless said */
export async function freePort(wanted = 0): Promise<number> {
  const probe = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error;
    throw new LocalPostgresError('POSTGRES_PORT_IN_USE', `Port ${wanted} for Postgres is in use.`, { cause: error });
  }
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : wanted;
}

function openLog(file: string, user: ServerUser | undefined): number {
  try {
    const log = openSync(file, 'a', 0o600);
    if (user !== undefined) fchownSync(log, user.uid, user.gid);
    return log;
  } catch (error) {
    throw new LocalPostgresError('POSTGRES_DATA_DIR', `Cannot write the server's log: ${reason(error)}`, {
      cause: error,
    });
  }
}

function notStarted(options: ServerOptions, said: string, cause?: unknown): LocalPostgresError {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.find((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  return new LocalPostgresError(
    'POSTGRES_NOT_STARTED',
    `Postgres did not start: ${telling.replace(/^.*?(FATAL|PANIC): +/, '')} (log: ${options.logFile})`,
    { cause },
  );
}
