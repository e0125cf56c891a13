import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { ServerUser } from './user.ts';

export interface SpawnOptions {
  readonly cwd: string;
  readonly user: ServerUser | undefined;
  readonly stdio: ['ignore', 'ignore' | number, 'pipe' | number];
  /** A file in `cwd` that no two programs (nor what they start) may hold at once, in any container of this machine. */
  readonly lockFile?: string;
}

/** The exit code of a program that did not start because another one holds its lock file. */
export const LOCK_HELD_EXIT_CODE = 73;

/** Starts a program that gets SIGINT when this thread ends, however it ends (where `missingProtection()` is empty). */
export function spawnTied(
  file: string,
  args: readonly string[],
  { cwd, user, stdio, lockFile }: SpawnOptions,
): ChildProcess {
  const [command = file, ...rest] = tied([...(lockFile === undefined ? [] : lock(lockFile)), file, ...args]);
  return spawn(command, rest, {
    ...user,
    cwd,
    stdio,
    env: programEnvironment(),
    // A Ctrl-C at the terminal must reach this process alone: it drains the server's clients, then stops the server.
    detached: true,
  });
}

/** The command, made to get SIGINT when its parent ends, and not to run at all under any other parent. */
export function tied(command: readonly string[], parentPid: number = process.pid): string[] {
  if (!has(SET_DEATH_SIGNAL)) return [...command];
  // If we die before setpriv has asked for the signal it never comes, so the shell then looks whether we still live.
  return [...SET_DEATH_SIGNAL, 'sh', '-c', 'test "$PPID" = "$0" && exec "$@"', String(parentPid), ...command];
}

/** Our secrets (DATABASE_URL, provider keys) and the machine's locale stay out of the server's environment. */
export function programEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** What this machine's util-linux cannot do (busybox's can do neither): a line for each. */
export function missingProtection(): string[] {
  return [
    ...(has(SET_DEATH_SIGNAL)
      ? []
      : ['setpriv of util-linux is missing: if this process is killed with -9, Postgres stays.']),
    ...(has(HOLD_LOCK)
      ? []
      : ['flock of util-linux is missing: do not open one data folder in two containers at once.']),
  ];
}

const SET_DEATH_SIGNAL = ['setpriv', '--pdeathsig=INT', '--'];
const HOLD_LOCK = ['flock', '--nonblock', '--no-fork', '--conflict-exit-code', String(LOCK_HELD_EXIT_CODE)];

function lock(file: string): string[] {
  return has(HOLD_LOCK) ? [...HOLD_LOCK, file] : [];
}

const found = new Map<string, boolean>();

function has([command = '', ...args]: readonly string[]): boolean {
  let here = found.get(command);
  if (here === undefined) {
    const probe = command === 'flock' ? [...args, process.execPath, 'true'] : [...args, 'true'];
    const { status } = spawnSync(command, probe, { stdio: 'ignore' });
    here = status === 0 || (command === 'flock' && status === LOCK_HELD_EXIT_CODE); // held by another's probe
    found.set(command, here);
  }
  return here;
}
