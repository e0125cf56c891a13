// Starts the real provider as a process of its own, and talks to it the way everybody does: by Stripe's SDK and over HTTP.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Stripe from 'stripe';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface LedgerRow {
  readonly seq: number;
  readonly kind: string;
  readonly account: string;
  readonly charge: string;
  readonly pi: string;
  readonly amount: number;
  readonly currency: string;
  readonly order_id: string | null;
  readonly idempotency_key: string | null;
  readonly request_id: string;
}

interface ArmedFault {
  readonly id: string;
  readonly action: { readonly name: string };
  readonly times: number;
  readonly seen: number;
  readonly hits: number;
}

interface JournalRow {
  readonly path: string;
  readonly committed: 0 | 1;
  readonly status: number | null;
  readonly sent: string | null;
  readonly faults: string[];
}

export interface RunningProvider {
  readonly port: number;
  readonly controlPort: number;
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** A client of an account; by default one that nobody else uses. */
  client(account?: string, options?: Stripe.StripeConfig): Stripe;
  /** A request without the SDK. */
  api(path: string, init?: RequestInit): Promise<Response>;
  control(path: string, body?: unknown): Promise<Response>;
  ledger(account: string): Promise<LedgerRow[]>;
  /** Arms a fault. @returns its id */
  arm(rule: object): Promise<string>;
  /** What is armed for an account, used up or not. */
  faults(account: string): Promise<ArmedFault[]>;
  /** What came for an account and what was sent, newest first. */
  journal(account: string): Promise<JournalRow[]>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** @param dataDir of an earlier one, to start that one again. */
export async function startProvider(
  env: Record<string, string> = {},
  dataDir = freshDataDir(),
): Promise<RunningProvider> {
  const child = spawnProvider({ DATA_DIR: dataDir, ...env });
  const [port, controlPort] = await listening(child);
  const at = `http://127.0.0.1:${port}`;
  const controlAt = `http://127.0.0.1:${controlPort}`;
  return {
    port,
    controlPort,
    dataDir,
    process: child,
    client: (account = newAccount(), options = {}) => stripeClient(port, account, options),
    api: (path, init) => fetch(`${at}${path}`, init),
    control: (path, body) => fetch(`${controlAt}${path}`, body === undefined ? {} : post(body)),
    ledger: async (account) => (await (await fetch(`${controlAt}/ledger?account=${account}`)).json()) as LedgerRow[],
    faults: async (account) => (await (await fetch(`${controlAt}/faults?account=${account}`)).json()) as ArmedFault[],
    journal: async (account) => (await (await fetch(`${controlAt}/journal?account=${account}`)).json()) as JournalRow[],
    arm: async (rule) => {
      const armed = await fetch(`${controlAt}/faults`, post(rule));
      if (armed.status !== 201) throw new TypeError(`not armed: ${await armed.text()}`);
      return ((await armed.json()) as ArmedFault).id;
    },
    kill: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill(signal);
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    },
  };
}

/** Ends a provider for good. */
export async function endProvider(provider: RunningProvider): Promise<void> {
  await provider.kill('SIGKILL');
  rmSync(provider.dataDir, { recursive: true, force: true });
}

export function spawnProvider(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      PROVIDER_PORT: '0',
      PROVIDER_CONTROL_PORT: '0',
      PROVIDER_LATENCY_MS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

export function freshDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'once provider '));
}

export function newAccount(): string {
  return `t${randomUUID().replaceAll('-', '')}`;
}

export function accountOf(client: Stripe): string {
  const account = accounts.get(client);
  if (account === undefined) throw new TypeError('not a client of these tests');
  return account;
}

/** The error a call ends with; a call that succeeds is a failure of the test. */
export async function errorOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof Stripe.errors.StripeError) return outcome.error;
  throw new TypeError(`expected an error of the provider, got ${JSON.stringify(outcome)}`);
}

/** The id of what an object refers to: expanded or not, it must be there. */
export function idOf(reference: string | { id: string } | null): string {
  if (reference === null) throw new TypeError('it refers to nothing');
  return typeof reference === 'string' ? reference : reference.id;
}

/** Waits until `ask` gives something. */
export async function eventually<T>(ask: () => Promise<T | undefined>, patienceMs = 10_000): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new TypeError(`it did not happen within ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, patienceMs / 1_000));
  }
}

export function post(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const accounts = new WeakMap<Stripe, string>();

function stripeClient(port: number, account: string, options: Stripe.StripeConfig): Stripe {
  const client = new Stripe(`sk_test_${account}`, {
    host: '127.0.0.1',
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: 15_000,
    ...options,
  });
  accounts.set(client, account);
  return client;
}

async function listening(child: ChildProcess): Promise<[number, number]> {
  const errors: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    const entry = JSON.parse(line) as { msg: string; port: number; control_port: number };
    if (entry.msg === 'listening') {
      child.stdout?.resume();
      return [entry.port, entry.control_port];
    }
  }
  throw new TypeError(`the provider did not start: ${errors.join('')}`);
}
