import { expect, test } from 'vitest';
import { answered, reject, workflow } from '../src/index.ts';
import { aScope, onceOver, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver({ max: 1 });
const { once } = onceOver(driver);

const order = workflow<{ tx: PostgresTx; services: object }>('order.place')
  .transaction('reserve', async () => ({ reserved: true }))
  .call('charge', { send: async () => answered({ id: 'ch_1' }) })
  .transaction('settle', async (_tx, { charge }) => ({ charge: charge.value.id }));

/** What a piece of work has written, by the count of the one server process that all of it runs in. */
async function writtenBy(work: () => Promise<unknown>) {
  const { sql } = driver;
  const [server] = await sql<{ countsWal: boolean }[]>`
    select current_setting('server_version_num')::int >= 180000 as "countsWal"`;
  const count = async () => {
    await sql`select pg_stat_force_next_flush()`;
    const [rows] = await sql<{ n: string }[]>`
      select (n_tup_ins + n_tup_upd + n_tup_del)::text as n from pg_stat_user_tables
      where relid = 'idempotency.record'::regclass`;
    const [wal] = server?.countsWal
      ? await sql<{ bytes: string }[]>`select wal_bytes::text as bytes from pg_stat_get_backend_wal(pg_backend_pid())`
      : [];
    return { rows: Number(rows?.n), walBytes: Number(wal?.bytes ?? 0) };
  };
  const before = await count();
  await work();
  const after = await count();
  return { rows: after.rows - before.rows, walBytes: after.walBytes - before.walBytes };
}
const nothing = { rows: 0, walBytes: 0 };

test('the counts that these tests rely on do count', async () => {
  const scope = aScope();
  const written = await writtenBy(() =>
    once.transaction({ operation: 'order.create', scope, key: 'k', input: {} }, async () => 1),
  );
  expect(written.rows).toBe(2); // the claim, and its finish
});

test.each([false, true])('a replay writes nothing (replayHint %s): no row, no byte of WAL', async (replayHint) => {
  const body = async (answer: string) => (answer === 'yes' ? { id: 7 } : reject('sold_out'));
  for (const answer of ['yes', 'no']) {
    const scope = aScope();
    const request = { operation: 'order.create', scope, key: 'k', input: { sku: 'a' }, replayHint };
    await once.transaction(request, () => body(answer));
    const before = await fixture.record(scope);
    const replay = async () => {
      const again = await once.transaction(request, async (tx) => {
        await driver.write(tx, scope);
        return { id: 8 };
      });
      expect(again.replayed).toBe(true);
    };
    expect(await writtenBy(replay)).toEqual(nothing);
    expect(await fixture.record(scope)).toEqual(before);
    expect(await fixture.written(scope)).toEqual([]);
  }
});

test('the replay of a workflow writes nothing and calls nobody', async () => {
  const scope = aScope();
  const first = await once.run(order, { scope, key: 'k', input: null });
  expect(first).toEqual({ status: 'succeeded', value: { charge: 'ch_1' }, replayed: false });
  const replay = async () =>
    expect(await once.run(order, { scope, key: 'k', input: null, replayHint: true })).toEqual({
      ...first,
      replayed: true,
    });
  expect(await writtenBy(replay)).toEqual(nothing);
});

test('a hinted caller whose first request never arrived executes', async () => {
  const scope = aScope();
  const request = { operation: 'order.create', scope, key: 'k', input: {}, replayHint: true };
  const answer = await once.transaction(request, async (tx) => {
    await driver.write(tx, scope, 'ran');
    return 1;
  });
  expect(answer).toMatchObject({ status: 'succeeded', replayed: false });
  expect(await fixture.written(scope)).toEqual(['ran']);
});

test('retention counts from the settling, not from the claim', async () => {
  const scope = aScope();
  const longer = onceOver(driver, {
    retentionMs: 3_600_000,
    at: async (point) => {
      if (point === 'answered:charge')
        await fixture.admin`update idempotency.record
      set created_at = created_at - interval '30 days' where scope = ${scope}`;
    },
  }).once;
  await longer.run(order, { scope, key: 'k', input: null });
  const [row] = await fixture.admin<{ left: number }[]>`
    select extract(epoch from retained_until - statement_timestamp())::float8 as left
    from idempotency.record where scope = ${scope}`;
  expect(row?.left).toBeGreaterThan(3_500);
  expect(row?.left).toBeLessThanOrEqual(3_600);
});

test('an expired record says so and does not execute', async () => {
  const scope = aScope();
  const request = { operation: 'order.create', scope, key: 'k', input: {} };
  await once.transaction(request, async () => 1);
  await fixture.admin`update idempotency.record set state = 5, outcome = null where scope = ${scope}`;
  const again = once.transaction(request, async (tx) => await driver.write(tx, scope));
  await expect(again).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_EXPIRED' });
  expect(await fixture.written(scope)).toEqual([]);
});
