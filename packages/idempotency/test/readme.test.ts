// The README's code is these files: they type-check, and here they run.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as errors from '../src/errors.ts';
import { openFixture } from './fixture.ts';
import type { Payments } from './readme/checkout.ts';

const fixture = await openFixture();
const textOf = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

beforeAll(async () => {
  process.env['DATABASE_URL'] = fixture.url;
  await fixture.admin`create table stock (sku text primary key, available integer not null)`;
  await fixture.admin`create table sale (id uuid primary key default gen_random_uuid(), owner text, sku text)`;
  await fixture.admin`insert into stock values ('a', 1)`;
  await fixture.admin`create table print (id text primary key, cents integer not null, "left" integer not null)`;
  await fixture.admin`create table print_order (id text primary key, intent text, state text not null)`;
  await fixture.admin`insert into print values ('p', 4200, 2)`;
});

test.each(['quick-start.ts', 'checkout.ts', 'http.ts', 'trpc.ts', 'react.tsx'])(
  'the README shows %s as it stands',
  async (file) => {
    const fence = `\`\`\`${file.split('.').at(-1)}\n`;
    expect(await textOf('../README.md')).toContain(`${fence}${await textOf(`readme/${file}`)}\`\`\``);
  },
);

test('the README’s table has every code and no other', async () => {
  const source = await textOf('../src/errors.ts');
  const codes = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, code]) => code ?? '').sort((a, b) => a.localeCompare(b));
  const inSource = codes(source.slice(0, source.indexOf(';')), /'IDEMPOTENCY_([A-Z_]+)'/g);
  expect(codes(await textOf('../README.md'), /^\| `([A-Z_]+)` \|/gm)).toEqual(inSource);
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
});
