import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { afterEach } from 'vitest';

export const isRoot = process.getuid?.() === 0;
export const NOBODY = { uid: 65_534, gid: 65_534 };

/** Skips initdb's wait for the disk, where durability is not what the test is about. */
export const QUICK = { fsync: 'off' };

const folders: string[] = [];
const openers: ChildProcess[] = [];

afterEach(async () => {
  for (const child of openers.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGCONT');
    child.stdin?.end();
    await once(child, 'exit');
  }
  for (const folder of folders.splice(0)) {
    await until(() => !postgresRunsIn(folder));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** A folder with a space in its name, removed after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'local postgres-'));
  folders.push(folder);
  return folder;
}

export interface Opened {
  readonly child: ChildProcess;
  readonly kind: string;
  readonly url: string;
  readonly pid: number;
  readonly warnings: string[];
  readonly stop: () => Promise<void>;
}

export interface Refused {
  readonly code: string;
  readonly message: string;
}

export interface OpenerOptions {
  readonly user?: { uid: number; gid: number };
  readonly environment?: NodeJS.ProcessEnv;
  readonly file?: string;
  /** Programs to run it by, such as `unshare`. */
  readonly through?: readonly string[];
}

/** Opens the database in a process of its own. */
export async function openInProcess(options: object, opener: OpenerOptions = {}): Promise<Opened> {
  const answer = await askOpener(options, opener);
  if ('code' in answer) throw new Error(`${answer.code}: ${answer.message}`);
  return answer;
}

/** The refusal of a process of its own to open the database. */
export async function refusalInProcess(options: object, opener: OpenerOptions = {}): Promise<Refused> {
  const answer = await askOpener(options, opener);
  if ('code' in answer) return answer;
  throw new Error(`it opened the database: ${answer.kind}`);
}

async function askOpener(options: object, opener: OpenerOptions): Promise<Opened | Refused> {
  const child = startOpener(options, opener);
  const { stdout } = child;
  if (stdout === null) throw new Error('no pipe');
  for await (const line of createInterface({ input: stdout })) {
    const answer = JSON.parse(line);
    if (answer.code !== undefined) {
      await once(child, 'exit');
      return answer;
    }
    const stop = async () => {
      child.stdin?.end();
      await once(child, 'exit');
    };
    return { ...answer, child, stop };
  }
  throw new Error('the opener ended without an answer');
}

export function startOpener(
  options: object,
  { user, environment, file, through = [] }: OpenerOptions = {},
): ChildProcess {
  const script = file ?? join(import.meta.dirname, 'fixture', 'opener.ts');
  const [command = process.execPath, ...args] = through;
  if (through.length > 0) args.push(process.execPath);
  const child = spawn(command, [...args, script, JSON.stringify(options)], {
    ...user,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
  });
  openers.push(child);
  return child;
}

export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.end();
  }
}

export async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !condition(); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`never came true: ${String(condition)}`);
  }
}

/** Zombies count as ended. */
export function runs(pid: number): boolean {
  return !['', 'Z', 'X'].includes(processState(pid));
}

export function processState(pid: number): string {
  try {
    return /^\d+ \(.*\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

function postgresRunsIn(folder: string): boolean {
  try {
    return runs(Number(readFileSync(join(folder, 'pg', 'postmaster.pid'), 'utf8').split('\n')[0]));
  } catch {
    return false;
  }
}
