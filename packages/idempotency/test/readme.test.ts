// The README's code is these files: they type-check, and here they run.
import { randomBytes } from 'node:crypto';
import { once as happens } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as errors from '../src/errors.ts';
import { openFixture } from './fixture.ts';
import type { Payments } from './readme/checkout.ts';

const fixture = await openFixture();
const textOf = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

beforeAll(async () => {
  process.env['DATABASE_URL'] = fixture.url;
  const [, tables = ''] = /```sql\n(.*?)```/s.exec(await textOf('../README.md')) ?? [];
  await fixture.admin.unsafe(tables);
  await fixture.admin`create table print (id text primary key, cents integer not null, "left" integer not null)`;
  await fixture.admin`create table print_order (id text primary key, intent text, state text not null)`;
  await fixture.admin`insert into print values ('p', 4200, 2)`;
});

test.each([
  'quick-start.ts',
  'checkout.ts',
  'production.ts',
  'testing.ts',
  'adapters.ts',
  'http.ts',
  'next.ts',
  'express.ts',
  'trpc.ts',
  'react.tsx',
])('the README shows %s as it stands', async (file) => {
  const fence = `\`\`\`${file.split('.').at(-1)}\n`;
  expect(await textOf('../README.md')).toContain(`${fence}${await textOf(`readme/${file}`)}\`\`\``);
});

test('the README’s table has every code and no other, each where its link leads', async () => {
  const source = await textOf('../src/errors.ts');
  const codes = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, code]) => code ?? '').sort((a, b) => a.localeCompare(b));
  const inSource = codes(source.slice(0, source.indexOf(';')), /'IDEMPOTENCY_([A-Z_]+)'/g);
  expect(codes(await textOf('../README.md'), /^\| <a id="IDEMPOTENCY_([A-Z_]+)"><\/a>`\1` \|/gm)).toEqual(inSource);
  expect(errors.isIdempotencyError(new errors.LeaseLostError({}))).toBe(true);
});

test('the quick start sells one copy once, and says no the same way every time', async () => {
  const { createOrder, sql } = await import('./readme/quick-start.ts');
  const first = await createOrder('u1', 'k1', { sku: 'a', quantity: 1 });
  expect(first).toEqual({ saleId: expect.any(String), again: false });
  expect(await createOrder('u1', 'k1', { sku: 'a', quantity: 1 })).toEqual({ ...first, again: true });
  expect(await createOrder('u2', 'k1', { sku: 'a', quantity: 1 })).toEqual({ error: 'sold_out' });
  expect(await fixture.admin`select 1 from sale`).toHaveLength(1);
  await sql.end();
});

test('the HTTP example answers a repetition with the same sale, and a workflow with its outcome', async () => {
  const { createSale, handleReturn, sql } = await import('./readme/http.ts');
  const post = (body: object, key: string) =>
    new Request('http://localhost/sales', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'idempotency-key': key, 'x-user': 'u3' },
    });
  const first = await createSale(post({ sku: 'b' }, 'k1'));
  const again = await createSale(post({ sku: 'b' }, '"k1"'));
  const sale = (await first.json()) as { id: string };
  expect([await again.json(), again.headers.get('idempotent-replayed')]).toEqual([sale, 'true']);
  const returned = await handleReturn(post({ saleId: sale.id }, 'k2'));
  expect(await returned.json()).toMatchObject({ status: 'succeeded', value: { returned: true } });
  expect((await handleReturn(post({ saleId: 'x' }, 'k2'))).status).toBe(422);
  expect((await handleReturn(new Request('http://localhost', { method: 'POST', body: '{}' }))).status).toBe(401);
  await sql.end();
});

test('the Next example sells once to duplicates in parallel, and refuses another body and a stranger', async () => {
  const { POST } = await import('./readme/next.ts');
  const post = (sku: string, headers: Record<string, string> = { 'x-user': 'u7' }) => {
    const body = JSON.stringify({ sku });
    return POST(
      new Request('http://localhost/sales', {
        method: 'POST',
        body,
        headers: { 'idempotency-key': 'k', ...headers },
      }),
    );
  };
  const answers = await Promise.all([post('a'), post('a'), post('a')]);
  const [sale] = await fixture.admin<{ id: string }[]>`select id from sale where owner = 'u7'`;
  for (const answer of answers) expect([answer.status, await answer.json()]).toEqual([201, { id: sale?.id }]);
  expect([(await post('b')).status, (await post('a', {})).status]).toEqual([422, 401]);
  expect(await fixture.admin`select 1 from sale where owner = 'u7'`).toHaveLength(1);
  await (globalThis as { sql?: { end(): Promise<void> } }).sql?.end();
});

test('the Express example sells once to duplicates in parallel, and refuses another body and a stranger', async () => {
  const { app, sql } = await import('./readme/express.ts');
  const server = app.listen(0, '127.0.0.1');
  await happens(server, 'listening');
  const post = (sku: string, headers: Record<string, string> = { 'x-user': 'u6' }) =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/sales`, {
      method: 'POST',
      body: JSON.stringify({ sku }),
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k', ...headers },
    });
  const answers = await Promise.all([post('a'), post('a'), post('a')]);
  const [sale] = await fixture.admin<{ id: string }[]>`select id from sale where owner = 'u6'`;
  for (const answer of answers) expect([answer.status, await answer.json()]).toEqual([201, { id: sale?.id }]);
  expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(2);
  expect([(await post('b')).status, (await post('a', {})).status]).toEqual([422, 401]);
  expect(await fixture.admin`select 1 from sale where owner = 'u6'`).toHaveLength(1);
  server.close();
  await sql.end();
});

test('the tRPC example sells once, with the same Date on a retry', async () => {
  const { router, sql } = await import('./readme/trpc.ts');
  const caller = router.createCaller({ user: 'u4' });
  const sold = await caller.sell({ idempotencyKey: 'k1', sku: 'c' });
  expect(sold.soldAt).toBeInstanceOf(Date);
  expect(await caller.sell({ idempotencyKey: 'k1', sku: 'c' })).toEqual(sold);
  const [sale] = await fixture.admin<{ id: string }[]>`select id from sale where owner = 'u4'`;
  const saleId = sale?.id ?? '';
  expect(await caller.return({ idempotencyKey: 'k2', saleId })).toMatchObject({ value: { returned: true } });
  await sql.end();
});

test('what is meant for production runs: sealed under the current key, and stopped without a rest', async () => {
  for (const name of ['ONCE_KEY_2026_11', 'ONCE_KEY_2026_05']) {
    process.env[name] = randomBytes(32).toString('base64');
  }
  const { once, worker, stop } = await import('./readme/production.ts');
  const request = { operation: 'order.create', scope: 'u5', key: 'k', input: { card: '4242' } };
  await once.transaction(request, async () => ({ paid: true }));
  expect(await fixture.record('u5')).toMatchObject({ outcome: expect.stringMatching(/^sealed\.2026-11\./) });
  expect(await once.find('order.create', request)).toMatchObject({ outcome: { paid: true } });
  expect(await worker.runOnce()).toBe(0);
  await stop();
});

test('the README’s options are those that there are', async () => {
  const [readme, source] = await Promise.all([textOf('../README.md'), textOf('../src/options.ts')]);
  const [, options = ''] = /interface OnceOptions.*?\{(.*?)\n\}/s.exec(source) ?? [];
  const names = [...options.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(10);
  for (const name of names.filter((each) => each !== 'database' && each !== 'at')) {
    expect(readme).toContain(`\n| \`${name}\` |`);
  }
});

describe('the checkout', async () => {
  const intents = new Map<string, 'requires_confirmation' | 'succeeded' | 'declined'>();
  let lose = false;
  let outcome: 'succeeded' | 'declined' = 'succeeded';
  const of = (id: string) => ({ id, status: intents.get(id) ?? ('unheard_of' as const) });
  const payments: Payments = {
    open: async (_cents, { key }) => {
      intents.set(key, 'requires_confirmation');
      return of(key);
    },
    confirm: async (id) => {
      intents.set(id, outcome);
      if (lose) throw new Error('socket hang up');
      return of(id);
    },
    find: async (id) => of(id),
  };
  const load = async () => await import('./readme/checkout.ts');
  afterAll(async () => (await load()).client.end());
  const state = async (id: string) =>
    (await fixture.admin`select state from print_order where id = ${id}`)[0]?.['state'];

  test('charges once, also when the answer was lost', async () => {
    lose = true;
    const { pay } = (await load()).shop(payments);
    expect(await pay('o1', 'p', 'o1.0')).toEqual({ status: 'succeeded', value: { orderId: 'o1' }, replayed: false });
    expect(await pay('o1', 'p', 'o1.0')).toEqual({ status: 'succeeded', value: { orderId: 'o1' }, replayed: true });
    expect([intents.size, await state('o1')]).toEqual([1, 'paid']);
    lose = false;
  });

  test('gives the copy back when the card is declined', async () => {
    outcome = 'declined';
    const { pay, worker } = (await load()).shop(payments);
    expect(await pay('o2', 'p', 'o2.0')).toMatchObject({ status: 'rejected', reason: 'card_declined' });
    expect(await state('o2')).toBe('declined');
    expect(await fixture.admin`select "left" from print`).toEqual([{ left: 1 }]);
    expect(await worker.runOnce()).toBe(0);
  });

  test('survives every mishap', async () => {
    outcome = 'succeeded';
    await fixture.admin`update print set "left" = 100`;
    const { survivesEverything } = await import('./readme/testing.ts');
    const keys = new Map<string, Set<string>>();
    const counting: Payments = {
      ...payments,
      confirm: async (id, options) => {
        keys.set(id, (keys.get(id) ?? new Set()).add(options.key));
        return await payments.confirm(id, options);
      },
    };
    const charges = async (orderId: string) => {
      const [order] = await fixture.admin`select intent from print_order where id = ${orderId}`;
      return keys.get(order?.['intent'])?.size ?? 0;
    };
    expect(await survivesEverything(counting, charges)).toContain('raced');
  });
});

test('node-postgres, Drizzle and Kysely share a pool', async () => {
  const { pool, withPg, withDrizzle, withKysely } = await import('./readme/adapters.ts');
  const available = async () => (await fixture.admin`select available from stock where sku = 'b'`)[0]?.['available'];
  for (const [run, expected] of [
    [withPg, 1],
    [withDrizzle, 2],
    [withKysely, 9],
  ] as const) {
    for (const replayed of [false, true]) {
      expect(await run(`${run.name}-${expected}`)).toMatchObject({ status: 'succeeded', replayed });
      expect(await available()).toBe(expected);
    }
  }
  await pool.end();
});
