// An example as a user would have it: with the library out of its tarball, in processes that can be killed.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
// @boundaries-ignore the package as it is published is made in one place
import { pack, temporaryFolder } from '../packages/idempotency/test/published/pack.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, '.trial');

/** A folder per example under `.trial`, in which `@once/idempotency` is the tarball; all else is found further up. */
export async function installExamples(names: readonly string[]): Promise<void> {
  await rm(FOLDER, { recursive: true, force: true });
  const { path, remove } = await temporaryFolder();
  const tarball = await pack(path);
  for (const name of names) {
    const library = join(FOLDER, name, 'node_modules/@once/idempotency');
    await cp(join(import.meta.dirname, name), join(FOLDER, name), { recursive: true });
    await mkdir(library, { recursive: true });
    await run('tar', ['xzf', tarball, '-C', library, '--strip-components=1']);
  }
  await remove();
}

export const folderOf = (name: string): string => join(FOLDER, name);

export interface Started {
  readonly child: ChildProcess;
  /** The line that it printed when it was ready. */
  readonly said: string;
  kill(): Promise<void>;
}

/** @param ready what the line that says so looks like */
export async function start(
  name: string,
  argv: readonly string[],
  env: Record<string, string>,
  ready: RegExp,
): Promise<Started> {
  const child = spawn(process.execPath, argv, {
    cwd: folderOf(name),
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const said = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => ready.test(line) && resolve(line));
    child.once('exit', (code) => reject(new RangeError(`${name} ended with ${code}: ${errors}`)));
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { child, said, kill };
}

/** One that nobody has, so that a process that was killed comes back where it was. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
