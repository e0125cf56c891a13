import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface WorkerProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** Everything it said. */
  readonly log: () => string;
  /** How it ended. */
  readonly exited: Promise<Exit>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The worker as it really runs. It is killed at the end of the test process at the latest. */
export async function startWorker(env: NodeJS.ProcessEnv): Promise<WorkerProcess> {
  const port = await freePort();
  let log = '';
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: folder,
    env: {
      ...process.env,
      PUBLIC_URL: 'https://once.example',
      RECORD_KEYS: `test:${'00'.repeat(32)}`,
      COOKIE_SECRET: 'a secret of the test, long enough',
      // Nothing listens there: these tests have no payment to ask for.
      STRIPE_API_BASE: 'http://127.0.0.1:9',
      STRIPE_SECRET_KEY: 'sk_test_local',
      WORKER_PORT: String(port),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  running.add(child);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const url = `http://127.0.0.1:${port}`;
  const started = { child, url, log: () => log, exited };
  await until(
    'the worker to start',
    async () => child.exitCode !== null || child.signalCode !== null || (await answers(url)),
  );
  return started;
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`).then(
    (response) => response.ok,
    () => false,
  );

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
