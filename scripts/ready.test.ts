import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { startProcess } from './process.ts';
import { untilReady } from './ready.ts';

let server: Server | undefined;
afterEach(() => server?.close());

/** Something that answers 200 on a port, as whoever it says it is. */
async function answering(instance: string): Promise<string> {
  server = createServer((_, response) => response.setHeader('x-once-instance', instance).end('ok'));
  const listening = server;
  await new Promise<void>((resolve) => {
    listening.listen(0, '127.0.0.1', resolve);
  });
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return `http://127.0.0.1:${address.port}/healthz`;
}

const started = (command: string) => startProcess({ argv: ['sh', '-c', command], cwd: '/', env: process.env });

const common = { app: 'web', logFile: '/nowhere/web.log' };

it('is ready when the process that we started answers', async () => {
  const child = started('sleep 60');
  await expect(
    untilReady({ ...common, process: child, readyUrl: await answering('ours'), instance: 'ours' }),
  ).resolves.toBeUndefined();
  await child.kill();
});

it('does not take another process on its port for the one that we started', async () => {
  const child = started('sleep 1; exit 3');
  await expect(
    untilReady({ ...common, process: child, readyUrl: await answering('theirs'), instance: 'ours' }),
  ).rejects.toMatchObject({ code: 'PROCESS_ENDED', message: expect.stringContaining('exit code 3') });
});

it('says what the process said last', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'once-ready-'));
  const logFile = join(folder, 'web.log');
  const argv = ['sh', '-c', 'echo "cannot: the port is taken"; exit 1'];
  const child = startProcess({ argv, cwd: '/', env: process.env, logFile });
  await expect(
    untilReady({ ...common, logFile, process: child, readyUrl: await answering('theirs'), instance: 'ours' }),
  ).rejects.toThrow(/at the end of .*web\.log\ncannot: the port is taken$/);
  await rm(folder, { recursive: true });
});

it('stops waiting when it is told to', async () => {
  const child = started('sleep 60');
  const stopping = new AbortController();
  const waiting = untilReady({
    ...common,
    process: child,
    readyUrl: await answering('theirs'),
    instance: 'ours',
    signal: stopping.signal,
  });
  stopping.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'STOPPED' });
  await child.kill();
});

it('ends with everything that a process started, not only with it', async () => {
  const child = started('sleep 61 & sleep 61 & wait');
  const { pid = 0 } = child;
  await child.kill();
  // A member that ended keeps the group alive until somebody has collected it.
  await vi.waitFor(() => expect(() => process.kill(-pid, 0)).toThrow('ESRCH'), { timeout: 10_000 });
});
