import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgres } from '@once/local-postgres';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from './settings.ts';

const PORTS = { PORT: '23010', PROVIDER_PORT: '23011', PROVIDER_CONTROL_PORT: '23012', WORKER_PORT: '23013' };

let dataDir: string;
const running = new Set<ChildProcess>();

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'once start '));
});
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await until('nothing to be left of this test', () => leftovers(dataDir).length === 0);
  rmSync(dataDir, { recursive: true, force: true });
});

describe('pnpm start', { timeout: 300_000 }, () => {
  it('says in one line which ports are in use, and starts nothing', async () => {
    const [first, second] = [await listenOn(PORTS.PORT, '::1'), await listenOn(PORTS.WORKER_PORT, '127.0.0.1')];
    const start = script('start.ts');
    expect(await start.exited).toBe(1);
    expect(start.said()).toBe('');
    expect(start.complained().trim().split('\n')).toEqual([
      expect.stringMatching(/23010 \(PORT\), 23013 \(WORKER_PORT\)/),
    ]);
    expect(readdirSync(dataDir)).toEqual([]);
    first.close();
    second.close();
  });

  it.each([
    ['that nobody answers at', 'postgres://once:secret@127.0.0.1:23019/once', '127.0.0.1:23019'],
    ['that is no address', 'mysql://secret@x', 'DATABASE_URL'],
  ])('says in one line why it cannot use a DATABASE_URL %s, and leaves nothing running', async (_, url, why) => {
    const start = script('start.ts', { DATABASE_URL: url });
    expect(await start.exited).toBe(1);
    const complaint = start.complained().trim().split('\n');
    expect(complaint).toEqual([expect.stringContaining(why)]);
    expect(complaint[0]).not.toContain('secret');
    expect(leftovers(dataDir)).toEqual([]);
  });

  it.each([
    ['PORT', '0'],
    ['WORKER_PORT', 'http'],
  ])('refuses %s=%s in one line', async (name, value) => {
    const start = script('start.ts', { [name]: value });
    expect(await start.exited).toBe(1);
    expect(start.complained().trim().split('\n')).toEqual([expect.stringContaining(`${name} must be a port`)]);
  });

  it('serves the shop, stops cleanly on Ctrl-C, and has its data again the next time', async () => {
    const first = script('start.ts');
    const address = await first.address();
    expect(address).toBe(`http://localhost:${PORTS.PORT}`);
    const page = await fetch(address.replace('localhost', '127.0.0.1')); // not every bare machine knows that name
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Lee Shore')]);
    await inDatabase((sql) => sql`update orders set review_reason = 'kept' where state = 'reserved'`);

    const second = script('start.ts', {
      PORT: '23014',
      PROVIDER_PORT: '23015',
      PROVIDER_CONTROL_PORT: '23016',
      WORKER_PORT: '23017',
    });
    expect([await second.exited, second.complained()]).toEqual([1, expect.stringContaining('is running on')]);
    const reset = script('reset.ts');
    expect([await reset.exited, reset.complained()]).toEqual([1, expect.stringContaining('is running on')]);

    first.child.kill('SIGINT');
    expect(await first.exited).toBe(0);
    expect(leftovers(dataDir)).toEqual([]);
    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8').trimEnd()).toMatch(/database system is shut down$/);
    expect(existsSync(join(dataDir, 'pg/postmaster.pid'))).toBe(false);

    const again = script('start.ts');
    await again.address();
    const kept = await inDatabase((sql) => sql`select review_reason as why from orders where state = 'reserved'`);
    expect([...kept]).toEqual([{ why: 'kept' }]);
    again.child.kill('SIGTERM');
    expect(await again.exited).toBe(0);
    expect(leftovers(dataDir)).toEqual([]);

    const fresh = script('reset.ts');
    expect(await fresh.exited).toBe(0);
    // The lock itself says nothing of anybody.
    expect(readdirSync(dataDir)).toEqual(['stack.lock']);
  });

  it.each([
    ['worker', () => leftovers(dataDir).find(({ folder }) => folder.endsWith('apps/worker'))?.pid],
    ['postgres', () => Number.parseInt(readFileSync(join(dataDir, 'pg/postmaster.pid'), 'utf8'), 10)],
  ])('stops everything when its %s dies, and says which and where its log is', async (part, pid) => {
    const start = script('start.ts');
    await start.address();
    process.kill(pid() ?? 0, 'SIGKILL');
    expect(await start.exited).toBe(1);
    const complaint = start.complained().trim().split('\n');
    expect(complaint).toEqual([expect.stringMatching(new RegExp(`^${part} ended \\(SIGKILL\\).*${part}\\.log$`))]);
    expect(leftovers(dataDir)).toEqual([]);
  });

  it('takes everything along when it is killed with -9', async () => {
    const start = script('start.ts');
    await start.address();
    start.child.kill('SIGKILL');
    await start.exited;
    await until('all parts to be gone', () => leftovers(dataDir).length === 0);
    await until('Postgres to be gone', () => !existsSync(join(dataDir, 'pg/postmaster.pid')));
    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8').trimEnd()).toMatch(/database system is shut down$/);
  });
});

/** A command as `pnpm` runs it. */
function script(name: string, env: NodeJS.ProcessEnv = {}) {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [`scripts/${name}`], {
    cwd: ROOT,
    env: { ...inherited, ...PORTS, DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let said = '';
  let complained = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complained += chunk.toString();
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  const address = () =>
    until(`${name} to print its address`, () => {
      if (child.exitCode !== null) throw new TypeError(`it ended instead: ${complained}${buildLog()}`);
      return /^http\S+$/m.exec(said)?.[0];
    });
  return { child, exited, address, said: () => said, complained: () => complained };
}

/** The end of what the build said, if there was one: the folder is gone by the time that anybody could look. */
function buildLog(): string {
  try {
    return readFileSync(join(dataDir, 'logs', 'build.log'), 'utf8').slice(-2_000);
  } catch {
    return '';
  }
}

/** What still runs of a shop on this folder: every part of it has the folder in its environment. */
function leftovers(folder: string): { pid: number; folder: string }[] {
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (!env.includes(`DATA_DIR=${folder}`)) return [];
      return [{ pid, folder: readlinkSync(`/proc/${pid}/cwd`) }];
    } catch {
      return []; // it has just ended
    }
  });
}

async function inDatabase<T>(work: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> {
  const { url, kind } = await openPostgres({ dataDir });
  expect(kind).toBe('adopted');
  const sql = postgres(url, { max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

function listenOn(port: string, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(Number(port), host, () => resolve(server));
  });
}

async function until<T>(what: string, condition: () => T | false | undefined): Promise<T> {
  for (const deadline = Date.now() + 240_000; Date.now() < deadline; await sleep(50)) {
    const value = condition();
    if (value) return value;
  }
  throw new RangeError(`waited in vain for ${what}`);
}
