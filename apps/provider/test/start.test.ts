import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import {
  endProvider,
  eventually,
  freshDataDir,
  type RunningProvider,
  spawnProvider,
  startProvider,
} from './provider.ts';

const started: RunningProvider[] = [];
const dataDirs: string[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map(endProvider));
  for (const dir of dataDirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function start(env: Record<string, string> = {}): Promise<RunningProvider> {
  const provider = await startProvider(env);
  started.push(provider);
  return provider;
}

function dataDir(): string {
  const dir = freshDataDir();
  dataDirs.push(dir);
  return dir;
}

/** What a provider that cannot start says, and its exit code. */
async function refusal(env: Record<string, string>): Promise<{ code: number; lines: string[] }> {
  const child: ChildProcess = spawnProvider({ DATA_DIR: dataDir(), ...env });
  const said: Buffer[] = [];
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
  try {
    const [code] = (await once(child, 'close', { signal: AbortSignal.timeout(25_000) })) as [number];
    return { code, lines: Buffer.concat(said).toString().trim().split('\n') };
  } finally {
    child.kill('SIGKILL');
  }
}

test.each(['PROVIDER_PORT', 'PROVIDER_CONTROL_PORT'] as const)(
  '%s in use: one clear line, exit code 1',
  async (variable) => {
    const other = await start();
    const { code, lines } = await refusal({ [variable]: String(other.port) });
    expect(code).toBe(1);
    expect(lines).toEqual([`provider: ${variable}: port ${other.port} is in use (PROVIDER_PORT_IN_USE)`]);
  },
);

test('a second provider on one data directory: one clear line, exit code 1, and the first goes on', async () => {
  const first = await start();
  const { code, lines } = await refusal({ DATA_DIR: first.dataDir });
  expect(code).toBe(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('PROVIDER_STORE_IN_USE');
  expect((await first.client().paymentIntents.create({ amount: 500, currency: 'eur' })).status).toBe(
    'requires_payment_method',
  );
});

test.each([
  ['PROVIDER_PORT', 'many'],
  ['PROVIDER_LATENCY_MS', '-1'],
  ['PUBLIC_URL', 'javascript:alert(1)'],
  ['STRIPE_SECRET_KEY', 'sk_live_shop'],
  ['PROVIDER_WEBHOOK_URL', 'shop'],
  ['PROVIDER_WEBHOOK_RETRIES_MS', 'soon'],
  ['PROVIDER_REQUESTS_PER_SECOND', '-1'],
  // A token that outlives its key could be sent again when nothing protects it any more.
  ['PROVIDER_TOKEN_LIFETIME_MS', String(24 * 3_600_000)],
])('%s=%s: one clear line, exit code 1', async (variable, value) => {
  const { code, lines } = await refusal({ [variable]: value });
  expect(code).toBe(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(new RegExp(`^provider: ${variable}: .*PROVIDER_ENV`));
});

test('SIGTERM lets the request under way end, takes no more, and exits 0', async () => {
  const provider = await start({ LOCAL_SLOW_MS: '500' });
  const paying = provider
    .client('drain')
    .paymentIntents.create({ amount: 500, currency: 'eur', payment_method: 'pm_local_slow', confirm: true });
  await eventually(async () =>
    (await (await provider.control('/journal')).text()).includes('pm_local_slow') ? true : undefined,
  );
  const exited = provider.kill('SIGTERM');
  expect((await paying).status).toBe('succeeded');
  expect(await exited).toBe(0);
});

test('SIGTERM ends it also when nobody reads what it says any more', async () => {
  const provider = await start();
  provider.process.stdout?.destroy();
  provider.process.stderr?.destroy();
  expect(await provider.kill('SIGTERM')).toBe(0);
});

test('both ports are bound to this machine only', async () => {
  const provider = await start();
  for (const port of [provider.port, provider.controlPort]) {
    // Any other address of the loopback network reaches a socket that is bound to all addresses, and only that.
    const socket = connect({ host: '127.0.0.2', port });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  }
});

test('requests take about as long as PROVIDER_LATENCY_MS', async () => {
  const provider = await start({ PROVIDER_LATENCY_MS: '200' });
  const stripe = provider.client();
  const startedMs = performance.now();
  await stripe.paymentIntents.list();
  expect(performance.now() - startedMs).toBeGreaterThan(99);
});
