// The worker as it really runs, killed at a named point or at the end of the test.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Provider } from './provider.ts';
import { RECORD_KEYS, type TestShop } from './shop.ts';

const MAIN = fileURLToPath(new URL('../../../apps/worker/src/main.ts', import.meta.url));

export interface WorkerProcess {
  /** Resolves when it was killed, by itself or by `stop`. */
  readonly ended: Promise<NodeJS.Signals | null>;
  stop(): Promise<void>;
}

/** @param crashAt the point at which it kills itself; left out: it works until it is stopped */
export function startWorker(test: TestShop, provider: Provider, crashAt?: string): WorkerProcess {
  const dataDir = mkdtempSync(join(tmpdir(), 'once-worker-'));
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      ...{ DATABASE_URL: test.url, STRIPE_API_BASE: provider.apiBase, STRIPE_SECRET_KEY: test.secretKey },
      ...{
        WORKER_PORT: '0',
        DATA_DIR: dataDir,
        RECORD_KEYS,
        LOG_LEVEL: 'silent',
        ...(crashAt && { CRASH_AT: crashAt }),
      },
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
  return {
    ended,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
