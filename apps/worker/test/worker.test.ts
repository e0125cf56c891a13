import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addToCart, startCheckout } from '@once/checkout';
import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterEach, expect, it } from 'vitest';
import { startMailServer } from './mail-server.ts';
import { openShop } from './shop.ts';
import { until } from './until.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(onMessage?: Parameters<typeof startMailServer>[0]) {
  const shop = await openShop();
  const server = await startMailServer(onMessage);
  const dataDir = await mkdtemp(join(tmpdir(), 'once-worker-'));
  cleanUps.push(
    () => shop.close(),
    () => server.close(),
    () => rm(dataDir, { recursive: true }),
  );
  const worker = async (env: NodeJS.ProcessEnv = {}): Promise<WorkerProcess> => {
    const started = await startWorker({ DATABASE_URL: shop.url, DATA_DIR: dataDir, SMTP_URL: server.url, ...env });
    cleanUps.push(async () => {
      started.child.kill('SIGKILL');
      await started.exited;
    });
    return started;
  };
  const delivered = async (orderId: string) => (await shop.outbox(orderId)).delivered;
  return { shop, server, worker, delivered };
}

it('sends each receipt once when two worker processes run', async () => {
  const { shop, server, worker, delivered } = await open();
  const owed = await shop.owe(30);
  await Promise.all([worker(), worker()]);
  await until('all receipts', async () => (await Promise.all(owed.map(delivered))).every(Boolean));
  expect(server.ids().sort()).toEqual(owed.map((id) => `<${id}.receipt@once.example>`).sort());
});

it('finishes a mail whose worker was killed before it sent', async () => {
  const { shop, server, worker, delivered } = await open();
  const [orderId = ''] = await shop.owe(1);
  const killed = await worker({ CRASH_AT: 'taken:receipt' });
  expect(await killed.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(await shop.outbox(orderId)).toMatchObject({ delivered: false, due: false, tries: 1 });
  expect(server.received).toHaveLength(0);
  await worker();
  await shop.age();
  await until('the receipt', () => delivered(orderId));
  expect(server.ids()).toEqual([`<${orderId}.receipt@once.example>`]);
});

it('sends a second copy under the same Message-ID when a worker was killed after it sent and before it said so', async () => {
  const { shop, server, worker, delivered } = await open();
  const [orderId = ''] = await shop.owe(1);
  const killed = await worker({ CRASH_AT: 'sent:receipt' });
  expect(await killed.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(server.received).toHaveLength(1);
  await worker();
  await shop.age();
  await until('the receipt', () => delivered(orderId));
  expect(server.ids()).toEqual(Array(2).fill(`<${orderId}.receipt@once.example>`));
});

it('lets what is kept of settled operations expire, and nothing that is open', async () => {
  const { shop, worker } = await open();
  await shop.db.execute(sql`insert into idempotency.record
      (id, scope, operation, key, version, fingerprint, state, due_at, retained_until, input, outcome)
    select gen_random_uuid(), 'expiry', 'checkout.pay', key, 1, '', state, due, retained, '{}', '{}'
    from (values ('old', 2, null::timestamptz, statement_timestamp() - interval '1 second'),
      ('open', 0, statement_timestamp() + interval '1 hour', null),
      ('young', 2, null, statement_timestamp() + interval '1 hour')) as rows (key, state, due, retained)`);
  await worker();
  const states = async () => {
    const rows = await shop.db.execute<{ key: string; state: number; input: string | null }>(
      sql`select key, state, input from idempotency.record where scope = 'expiry' order by key`,
    );
    return JSON.stringify([...rows].map(({ key, state, input }) => [key, state, input]));
  };
  await until('the expiry', async () => (await states()).includes('["old",5,null]'));
  expect(await states()).toBe('[["old",5,null],["open",0,"{}"],["young",2,"{}"]]');
});

it('ends each hold that ran out once, with two worker processes, and frees its copies', async () => {
  const { shop, worker } = await open();
  const [inCart, inCheckout] = [uuidv7(), uuidv7()];
  for (const number of [1, 2, 3]) await addToCart(shop.db, { cartId: inCart, slug: 'slow-weather', number });
  await addToCart(shop.db, { cartId: inCheckout, slug: 'slow-weather', number: 4 });
  const { checkoutId } = await startCheckout(shop.db, inCheckout);
  const state = async () => {
    const [row] = await shop.db.execute<{ held: number; checkout: string }>(sql`
      select (select count(*)::int from copy join edition on id = edition_id where slug = 'slow-weather' and state = 'held') as held,
             (select state from checkout where id = ${checkoutId}) as checkout`);
    return row;
  };
  const workers = await Promise.all([worker(), worker()]);
  expect(await state()).toEqual({ held: 4, checkout: 'open' });
  await shop.db.execute(
    sql`update cart_line set hold_until = statement_timestamp() - interval '1 second' where cart_id in (${inCart}, ${inCheckout})`,
  );
  await shop.db.execute(
    sql`update checkout set hold_until = statement_timestamp() - interval '1 second' where id = ${checkoutId}`,
  );
  await until('the holds to end', async () => {
    const now = await state();
    return now?.held === 0 && now.checkout === 'ended';
  });
  const records = await shop.db.execute<{ operation: string }>(sql`select operation from idempotency.record`);
  expect(records.map(({ operation }) => operation)).toEqual(['checkout.end_hold']);
  expect(workers.map(({ log }) => log()).join('')).not.toMatch(/"level":(50|60)/);
});

it('lets the mail under way go out and marks it before it ends on SIGTERM', async () => {
  const arrived = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const { shop, server, worker, delivered } = await open(async () => {
    arrived.resolve();
    await held.promise;
  });
  const [orderId = ''] = await shop.owe(3);
  const stopped = await worker();
  await arrived.promise;
  stopped.child.kill('SIGTERM');
  await until('it to drain', () => stopped.log().includes('draining'));
  const [alive, ready] = await Promise.all(['healthz', 'readyz'].map((page) => fetch(`${stopped.url}/${page}`)));
  expect([alive?.status, ready?.status, await ready?.text()]).toEqual([200, 503, 'draining\n']);
  held.resolve();
  expect(await stopped.exited).toEqual({ code: 0, signal: null });
  expect(server.received).toHaveLength(1); // it began no other
  const [sent] = server.ids();
  const [first] =
    (await shop.db.execute<{ id: string }>(
      sql`select order_id as id from outbox order by delivered_at desc nulls last limit 1`,
    )) ?? [];
  expect(sent).toBe(`<${first?.id}.receipt@once.example>`);
  expect(await delivered(first?.id ?? orderId)).toBe(true);
});

it('says who it is, whether it can work, and what it did', async () => {
  const { shop, worker } = await open();
  const { url } = await worker({ ONCE_INSTANCE: 'this-one' });
  const health = await fetch(`${url}/healthz`);
  expect([health.status, health.headers.get('x-once-instance')]).toEqual([200, 'this-one']);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  await until('a whole turn', async () =>
    (await (await fetch(`${url}/metrics`)).text()).includes('once_loop_turned_seconds{loop="deliver"}'),
  );
  expect((await fetch(`${url}/nothing`)).status).toBe(404);
  await shop.db.execute(sql`alter table outbox rename to elsewhere`);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

it('refuses to start with an address that is none, and says which in one line', async () => {
  const { worker } = await open();
  const refused = await worker({ DATABASE_URL: 'mysql://x' });
  expect(await refused.exited).toEqual({ code: 1, signal: null });
  expect(refused.log().trim().split('\n')).toEqual([expect.stringContaining('DATABASE_URL')]);
});
