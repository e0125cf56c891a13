import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testDatabase } from '@once/local-postgres/testing';
import { PgBoss } from 'pg-boss';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folderOf, freePort, installExamples, type Started, start } from './trial.ts';

const run = promisify(execFile);
const NAMES = ['orders-hono', 'webhooks-express', 'sign-up-fastify', 'queue-pg-boss', 'orders-next'];
const LISTENS = /^http:\/\/\S+$/;
const KEYS = 40;
const DUPLICATES = 3;

const stop: (() => Promise<unknown>)[] = [];
beforeAll(() => installExamples(NAMES), 120_000);
afterAll(async () => {
  await Promise.all(stop.map((each) => each()));
});

async function database() {
  const { url } = await testDatabase('empty');
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  stop.push(() => sql.end({ timeout: 2 }));
  return { url, sql };
}

type Answer = { readonly status: number; readonly body: string } | undefined;
type Send = (address: string, number: number) => Promise<Response>;

/**
 * Sends each of the numbered requests three times at once, kills the server with -9 in the middle, starts it again and
 * sends them all once more. @returns by number, every answer that ever came.
 */
async function stormed(begin: () => Promise<Started>, address: string, send: Send): Promise<Answer[][]> {
  const answers: Answer[][] = Array.from({ length: KEYS }, () => []);
  const ask = async (number: number) => {
    const response = await send(address, number).catch(() => undefined);
    const body = await response?.text().catch(() => undefined);
    // In flight or no longer there: the client does not know yet, and asks again.
    if (response === undefined || body === undefined || [409, 503].includes(response.status)) return;
    answers[number]?.push({ status: response.status, body });
  };
  const all = (times: number) => Array.from({ length: KEYS * times }, (_, index) => ask(index % KEYS));
  let server = await begin();
  stop.push(() => server.kill());
  const first = all(DUPLICATES);
  await Promise.race(first); // one has been answered, and many are on their way
  await server.kill();
  await Promise.all(first);
  const before = answers.filter((each) => each.length > 0).length;
  expect(before, 'some were answered before the kill, not all').toBeLessThan(KEYS);
  server = await begin();
  await Promise.all(all(DUPLICATES));
  for (let number = 0; number < KEYS; number++) while (answers[number]?.length === 0) await ask(number);
  return answers;
}

/** Whoever asked got one and the same answer, however often. */
function expectOneAnswerEach(answers: readonly Answer[][]): void {
  for (const each of answers) expect(new Set(each.map((answer) => JSON.stringify(answer))).size).toBe(1);
}

const json = (customer: string, key: string, body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${customer}`, 'idempotency-key': key },
  body: JSON.stringify(body),
});

test.each(NAMES)('%s is short enough to be read', async (name) => {
  const files: Record<string, string> = { 'orders-next': 'app/api/orders/route.ts', 'queue-pg-boss': 'worker.ts' };
  const text = await readFile(join(import.meta.dirname, name, files[name] ?? 'server.ts'), 'utf8');
  expect(text.split('\n').length).toBeLessThan(120);
});

test('orders-hono sells one print per key, and says no the same way every time', async () => {
  const { url, sql } = await database();
  const port = await freePort();
  const begin = () => start('orders-hono', ['server.ts'], { DATABASE_URL: url, PORT: String(port) }, LISTENS);
  // 40 prints for 40 keys; one more key of another customer comes too late.
  const answers = await stormed(begin, `http://127.0.0.1:${port}`, (address, number) =>
    fetch(`${address}/orders`, json('ada', `key-${number}`, { sku: 'print' })),
  );
  expectOneAnswerEach(answers);
  expect(answers.flat().every((answer) => answer?.status === 201)).toBe(true);
  expect(await sql`select count(*)::int as n from orders`).toEqual([{ n: KEYS }]);
  expect(await sql`select available from stock`).toEqual([{ available: 0 }]);
  for (let time = 0; time < 2; time++) {
    const late = await fetch(`http://127.0.0.1:${port}/orders`, json('bob', 'key-0', { sku: 'print' }));
    expect([late.status, await late.json()]).toEqual([410, { error: 'sold_out' }]);
  }
  expect((await fetch(`http://127.0.0.1:${port}/orders`, { method: 'POST' })).status).toBe(401);
});

test('orders-next does the same as a Next route handler', async () => {
  const { url, sql } = await database();
  const folder = folderOf('orders-next');
  const port = await freePort();
  const env = { DATABASE_URL: url, NEXT_TELEMETRY_DISABLED: '1' };
  const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
  await sql.file(join(folder, 'schema.sql'));
  const command = join(folder, 'node_modules/@once/idempotency/dist/cli/main.js');
  await run(process.execPath, [command, 'migrate'], { env: { ...process.env, ...env } });
  await run(process.execPath, [next, 'build'], { cwd: folder, env: { ...process.env, ...env } });
  const argv = [next, 'start', '-p', String(port), '-H', '127.0.0.1'];
  const answers = await stormed(
    () => start('orders-next', argv, env, /Ready/),
    `http://127.0.0.1:${port}`,
    (address, n) => fetch(`${address}/api/orders`, json('ada', `key-${n}`, { sku: 'print' })),
  );
  expectOneAnswerEach(answers);
  expect(await sql`select count(*)::int as n from orders`).toEqual([{ n: KEYS }]);
}, 180_000);

test('sign-up-fastify opens one account per form, and tells the second form that the address is taken', async () => {
  const { url, sql } = await database();
  const port = await freePort();
  const begin = () => start('sign-up-fastify', ['server.ts'], { DATABASE_URL: url, PORT: String(port) }, LISTENS);
  // Two forms per address: one of them is told no, each the same thing every time.
  const answers = await stormed(begin, `http://127.0.0.1:${port}`, (address, number) =>
    fetch(`${address}/sign-up`, json('-', `form-${number}`, { email: `${number % (KEYS / 2)}@example.com` })),
  );
  expectOneAnswerEach(answers);
  const statuses = answers.map(([answer]) => answer?.status ?? 0).sort((a, b) => a - b);
  expect(statuses).toEqual([...Array(KEYS / 2).fill(201), ...Array(KEYS / 2).fill(422)]);
  expect(await sql`select count(*)::int as n from account`).toEqual([{ n: KEYS / 2 }]);
  expect(await sql`select count(*)::int as n from outbox`).toEqual([{ n: KEYS / 2 }]);
});

test('webhooks-express counts each event once, and refuses one that nobody has signed', async () => {
  const { url, sql } = await database();
  const port = await freePort();
  const env = { DATABASE_URL: url, PORT: String(port), WEBHOOK_SECRET: 'whsec_example' };
  const deliver = (address: string, number: number, secret = 'whsec_example') => {
    const body = JSON.stringify({ id: `evt_${number}`, account: 'shop', cents: 100 + number });
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    return fetch(`${address}/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', signature },
      body,
    });
  };
  const answers = await stormed(
    () => start('webhooks-express', ['server.ts'], env, LISTENS),
    `http://127.0.0.1:${port}`,
    deliver,
  );
  expect(answers.flat().every((answer) => answer?.status === 204)).toBe(true);
  const cents = Array.from({ length: KEYS }, (_, number) => 100 + number).reduce((sum, each) => sum + each);
  expect(await sql`select cents from balance`).toEqual([{ cents }]);
  expect((await deliver(`http://127.0.0.1:${port}`, 99, 'another')).status).toBe(400);
});

describe('queue-pg-boss', () => {
  test('counts each message once, although each is sent twice and the worker is killed', async () => {
    const { url, sql } = await database();
    const producer = new PgBoss({ connectionString: url, supervise: false, schedule: false });
    const begin = () => start('queue-pg-boss', ['worker.ts'], { DATABASE_URL: url }, /^working$/);
    let worker = await begin();
    stop.push(
      () => worker.kill(),
      () => producer.stop({ graceful: false }),
    );
    await producer.start();
    const messages = Array.from({ length: KEYS }, (_, number) => ({
      id: `m-${number}`,
      customerId: 'ada',
      points: 1 + number,
    }));
    for (const data of [...messages, ...messages]) await producer.send('purchases', data);
    const counted = async () => Number((await sql`select points from customer`)[0]?.['points'] ?? 0);
    const all = messages.reduce((sum, { points }) => sum + points, 0);
    await expect.poll(counted, { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
    await worker.kill();
    expect(await counted(), 'it was killed in the middle').toBeLessThan(all);
    worker = await begin();
    const open = async () =>
      (await sql`select count(*)::int as n from pgboss.job where name = 'purchases' and state <> 'completed'`)[0]?.[
        'n'
      ];
    await expect.poll(open, { timeout: 60_000, interval: 100 }).toBe(0);
    expect(await counted()).toBe(all);
  }, 120_000);
});
