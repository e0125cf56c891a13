// The real provider, as a process of its own: the independent witness of every test.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../apps/provider/src/main.ts', import.meta.url));

export interface LedgerRow {
  readonly kind: string;
  readonly amount: number;
  readonly pi: string;
  readonly order_id: string;
}

export interface Provider {
  readonly apiBase: string;
  /** What was really charged and refused. */
  ledger(orderId?: string): Promise<LedgerRow[]>;
  charges(orderId?: string): Promise<LedgerRow[]>;
  control(path: string, body: object): Promise<void>;
  stop(): Promise<void>;
}

export async function startProvider(env: Record<string, string> = {}): Promise<Provider> {
  const dataDir = mkdtempSync(join(tmpdir(), 'once-provider-'));
  const [apiPort, controlPort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      PROVIDER_PORT: String(apiPort),
      PROVIDER_CONTROL_PORT: String(controlPort),
      DATA_DIR: dataDir,
      PROVIDER_LATENCY_MS: '2',
      LOG_LEVEL: 'error',
      ...env,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const controlUrl = `http://127.0.0.1:${controlPort}`;
  await answering(`${controlUrl}/healthz`, child);
  const ledger = async (orderId?: string): Promise<LedgerRow[]> => {
    const response = await fetch(`${controlUrl}/ledger${orderId ? `?order_id=${orderId}` : ''}`);
    return (await response.json()) as LedgerRow[];
  };
  return {
    apiBase: `http://127.0.0.1:${apiPort}`,
    ledger,
    charges: async (orderId) => (await ledger(orderId)).filter((row) => row.kind === 'charge'),
    async control(path, body) {
      const response = await fetch(`${controlUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    },
    async stop() {
      if (child.exitCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const end = Date.now() + 15_000;
  while (Date.now() < end && child.exitCode === null) {
    if (
      await fetch(url).then(
        (r) => r.ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the provider did not start');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
