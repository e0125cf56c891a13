import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountOf, endProvider, errorOf, type RunningProvider, startProvider } from './provider.ts';

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => endProvider(provider));

interface Said {
  readonly code: number;
  readonly rows: unknown[];
  readonly error: string;
}

function cli(...words: string[]): Promise<Said> {
  return cliAt(provider.controlPort, ...words);
}

function cliAt(port: number, ...words: string[]): Promise<Said> {
  const env = { PATH: process.env['PATH'], PROVIDER_CONTROL_PORT: String(port) };
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...words], { env }, (error, stdout, stderr) => {
      const rows = error ? [] : stdout.trim().split('\n').filter(Boolean);
      resolve({ code: Number(error?.code ?? 0), rows: rows.map((row) => JSON.parse(row) as unknown), error: stderr });
    });
  });
}

test('arms a fault as it is typed, lists it with its hits, and takes it away', async () => {
  const stripe = provider.client();
  const account = accountOf(stripe);
  const order = randomUUID();
  const armed = await cli('fault', 'arm', 'decline', '--order', order, '--account', account, '--code', 'lost_card');
  expect(armed).toMatchObject({
    code: 0,
    rows: [{ match: { account, order_id: order }, action: { name: 'decline', code: 'lost_card' }, times: 1 }],
  });
  await cli('fault', 'arm', 'drip', '--account', account, '--with', 'bytes=50', '--with', 'everyMs=1', '--times', '2');
  const paying = { amount: 500, currency: 'eur', payment_method: 'pm_card_visa', confirm: true } as const;
  const metadata = { order_id: order };
  expect(await errorOf(stripe.paymentIntents.create({ ...paying, metadata }))).toMatchObject({
    decline_code: 'lost_card',
  });
  const { rows } = await cli('fault', 'list', '--account', account);
  expect(rows).toMatchObject([{ hits: 1 }, { action: { name: 'drip', bytes: 50, everyMs: 1 }, hits: 1, times: 2 }]);
  const [first] = rows as { id: string }[];
  expect((await cli('fault', 'remove', first?.id ?? '')).code).toBe(0);
  expect((await cli('fault', 'list', '--account', account)).rows).toHaveLength(1);
});

test('a hyphen will do for the line that names have', async () => {
  const account = accountOf(provider.client());
  expect(await cli('fault', 'arm', 'rst-after', '--account', account, '--times', '2')).toMatchObject({
    rows: [{ action: { name: 'rst_after' }, times: 2 }],
  });
});

test('shows ledger, requests and webhooks, brings payments on, and lets time pass', async () => {
  const stripe = provider.client();
  const account = accountOf(stripe);
  await stripe.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['payment_intent.created'] });
  await cli('fault', 'arm', 'hold', '--account', account, '--event', 'payment_intent.*');
  const paying = {
    amount: 500,
    currency: 'eur',
    payment_method: 'pm_usBankAccount_processing',
    confirm: true,
  } as const;
  const { id } = await stripe.paymentIntents.create({ ...paying, metadata: { order_id: 'o1' } });
  expect((await cli('intent', 'settle', id, 'succeed')).code).toBe(0);
  expect((await cli('ledger', '--account', account, '--order', 'o1')).rows).toMatchObject([{ kind: 'charge', pi: id }]);
  const [newest] = (await cli('requests', '--account', account, '--limit', '1')).rows;
  expect(newest).toMatchObject({ path: `control: ${id} settle succeed` });
  expect((await cli('webhooks', '--account', account, '--state', 'held')).rows).toHaveLength(1);
  expect((await cli('webhooks', 'release', '--account', account)).rows).toMatchObject([
    { released: [expect.any(String)] },
  ]);
  expect((await cli('intent', 'dispute', id)).rows).toMatchObject([{ amount: 500 }]);
  expect((await cli('clock', 'advance', '25h', '--account', account)).rows).toMatchObject([
    { advanced_ms: 90_000_000 },
  ]);
});

test.each([
  [['fault', 'arm', 'explode'], 1, 'No action is called explode'],
  [['fault', 'arm'], 2, 'Which one?'],
  [['fault', 'arm', 'rst_after', '--times', 'many'], 2, '--times must be a whole number'],
  [['clock', 'advance', '25'], 2, '"25" is no duration'],
  [['intent', 'settle', 'pi_none', 'succeed'], 1, 'There is no payment_intent pi_none.'],
  [['dance'], 2, 'There is no command dance.'],
  [['ledger', '--colour', 'blue'], 2, 'Unknown option'],
])('%j: exit code %d, and why', async (words, code, message) => {
  const said = await cli(...words);
  expect([said.code, said.rows]).toEqual([code, []]);
  expect(said.error).toContain(message);
});

test('nobody there: one plain line', async () => {
  const { code, error } = await cliAt(9, 'ledger');
  expect(code).toBe(1);
  expect(error).toMatch(/^No provider answers at http:\/\/127\.0\.0\.1:9\/ledger: .*\(CLI_NO_PROVIDER\)\n$/);
});
