import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './errors.ts';

export interface ProcessOptions {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Output is appended to it; undefined: it goes where ours goes. */
  readonly logFile?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child with everything that it starts itself. */
export interface TiedProcess {
  readonly pid: number | undefined;
  readonly exited: Promise<Exit>;
  /** Undefined while it runs. */
  readonly exit: () => Exit | undefined;
  /** Whether `stop` or `kill` was called: then its end is no surprise. */
  readonly isEnding: () => boolean;
  /** Asks it to end, and kills it when it has not within `graceMs`. */
  stop(graceMs?: number): Promise<Exit>;
  kill(): Promise<Exit>;
}

/**
 * Starts a process that does not outlive this one, even when this one is killed with -9. It leads a group of its own:
 * Ctrl-C in the terminal must reach us alone, so that we can stop the parts in their order.
 *
 * @throws {StackError} `SETTING_INVALID`: nothing was started, its log cannot be written
 */
export function startProcess({ argv, cwd, env, logFile }: ProcessOptions): TiedProcess {
  const output = logFile === undefined ? 'inherit' : openLog(logFile);
  const [command = 'false', ...rest] = tied(argv);
  const child = spawn(command, rest, { cwd, env, detached: true, stdio: ['ignore', output, output] });
  if (typeof output === 'number') closeSync(output);
  let exit: Exit | undefined;
  let ending = false;
  const exited = new Promise<Exit>((resolve) => {
    const end = (how: Exit) => {
      exit ??= how;
      RUNNING.delete(child);
      signalGroup(child, 'SIGKILL'); // what it started and did not take along
      resolve(exit);
    };
    child.once('error', () => end({ code: 127, signal: null }));
    child.once('exit', (code, signal) => end({ code, signal }));
  });
  RUNNING.add(child);
  const endBy = async (signal: NodeJS.Signals) => {
    ending = true;
    if (exit !== undefined) return exit;
    if (signal === 'SIGKILL') signalGroup(child, signal);
    else child.kill(signal);
    return await exited;
  };
  return {
    pid: child.pid,
    exited,
    exit: () => exit,
    isEnding: () => ending,
    kill: () => endBy('SIGKILL'),
    stop: async (graceMs = 15_000) => {
      const asked = endBy('SIGTERM');
      const inTime = await Promise.race([asked, sleep(graceMs, undefined, { ref: false })]);
      return inTime ?? (await endBy('SIGKILL'));
    },
  };
}

const RUNNING = new Set<ChildProcess>();

// The last resort where `setpriv` is missing: this process ends, by whatever way that still runs code, and leaves nothing.
process.once('exit', () => {
  for (const child of RUNNING) signalGroup(child, 'SIGKILL');
});

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: nobody of it is left
  }
}

/** With util-linux on the machine the kernel ends the child when we end. */
function tied(argv: readonly string[]): readonly string[] {
  return HAS_SETPRIV ? ['setpriv', '--pdeathsig=TERM', '--', ...argv] : argv;
}

export function isOnPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const HAS_SETPRIV = process.platform === 'linux' && isOnPath('setpriv');

function openLog(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, 'a');
  } catch (error) {
    throw new StackError('SETTING_INVALID', `The log ${file} cannot be written: ${String(error)}`, { cause: error });
  }
}
