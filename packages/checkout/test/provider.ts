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
  readonly charge: string;
  readonly pi: string;
  readonly order_id: string;
}

interface JournalRow {
  readonly path: string;
  /** Null while the provider is still at it, and for ever when it was killed there. */
  readonly sent: string | null;
  readonly faults: readonly string[];
  readonly traceId: string | null;
  readonly callerRequestId: string | null;
  readonly attempt: number | null;
}

/** What goes wrong, and for whom; apps/provider's README has the list. */
export interface FaultRule {
  readonly match: {
    readonly account?: string;
    readonly method?: 'GET' | 'POST';
    readonly path?: string;
    readonly order_id?: string;
    readonly nth?: number;
  };
  readonly action: string | { readonly name: string; readonly [option: string]: unknown };
  readonly times?: number;
}

export interface Provider {
  readonly apiBase: string;
  /** What was really charged and refused. */
  ledger(orderId?: string): Promise<LedgerRow[]>;
  charges(orderId?: string): Promise<LedgerRow[]>;
  control(path: string, body: object): Promise<void>;
  arm(rule: FaultRule): Promise<ArmedFault>;
  /** Every request of an account, newest first. */
  journal(account: string): Promise<JournalRow[]>;
  /** Waits until it is at no request of this account any more: what was given up on may still be done. */
  idle(account: string): Promise<void>;
  stop(): Promise<void>;
}

export interface ArmedFault {
  /** How often it has struck. A test of a fault that never did has shown nothing. */
  hits(): Promise<number>;
  disarm(): Promise<void>;
}

/** It is started again whenever it was killed, as whatever runs it in earnest would do. */
export async function startProvider(env: Record<string, string> = {}): Promise<Provider> {
  const dataDir = mkdtempSync(join(tmpdir(), 'once-provider-'));
  const [apiPort, controlPort] = [await freePort(), await freePort()];
  const ports = { PROVIDER_PORT: String(apiPort), PROVIDER_CONTROL_PORT: String(controlPort) };
  const service = keptRunning({ DATA_DIR: dataDir, PROVIDER_LATENCY_MS: '2', LOG_LEVEL: 'error', ...ports, ...env });
  const controlUrl = `http://127.0.0.1:${controlPort}`;
  await answering(`${controlUrl}/healthz`, service);
  const ask = async (path: string, method = 'GET', body?: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await sentTo(`${controlUrl}${path}`, request, service);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return await response.json();
  };
  const ledger = async (orderId?: string) =>
    (await ask(`/ledger${orderId ? `?order_id=${orderId}` : ''}`)) as LedgerRow[];
  const journal = async (account: string) => (await ask(`/journal?account=${account}&limit=10000`)) as JournalRow[];
  return {
    journal,
    apiBase: `http://127.0.0.1:${apiPort}`,
    ledger,
    charges: async (orderId) => (await ledger(orderId)).filter((row) => row.kind === 'charge'),
    async control(path, body) {
      await ask(path, 'POST', body);
    },
    async arm(rule) {
      const { id } = (await ask('/faults', 'POST', rule)) as { id: string };
      const all = async () => (await ask('/faults')) as { id: string; hits: number }[];
      return {
        hits: async () => (await all()).find((fault) => fault.id === id)?.hits ?? 0,
        disarm: async () => void (await ask(`/faults/${id}`, 'DELETE')),
      };
    },
    async idle(account) {
      const until = Date.now() + 10_000;
      for (;;) {
        const underWay = (await journal(account)).filter(({ sent }) => sent === null);
        if (underWay.length === 0) return;
        if (Date.now() > until) throw new Error(`still at ${JSON.stringify(underWay)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async stop() {
      await service.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

interface Service {
  /** False once it has ended by itself: it could not start, or it was stopped. */
  isRunning(): boolean;
  stop(): Promise<void>;
}

function keptRunning(env: Record<string, string>): Service {
  let stopping = false;
  let child: ChildProcess;
  const start = () => {
    child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('exit', (_, signal) => {
      if (signal === 'SIGKILL' && !stopping) start();
    });
  };
  start();
  return {
    isRunning: () => child.exitCode === null && !stopping,
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The control port is away for a moment when the process was killed: asked again then, as nothing was heard. */
async function sentTo(url: string, request: RequestInit, service: Service): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch {
    await answering(`${new URL(url).origin}/healthz`, service);
    return await fetch(url, request);
  }
}

async function answering(url: string, service: Service): Promise<void> {
  const end = Date.now() + 15_000;
  while (Date.now() < end && service.isRunning()) {
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
