// Two steps: past retentionMs the body goes and a tombstone stays, past tombstoneMs the row goes.
import { spawn } from 'node:child_process';
import { once as event } from 'node:events';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { answered, reject, workflow } from '../src/index.ts';
import { createWorker } from '../src/worker.ts';
import {
  aScope,
  codeThrown,
  eventually,
  gate,
  onceOver,
  openFixture,
  type PostgresTx,
  somebodyWaits,
} from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const { admin } = fixture;
const operation = 'order.create';
type Plain = { tx: PostgresTx; services: object };

beforeEach(async () => void (await admin`truncate idempotency.record`));

/** Lets the retention, or the time as a tombstone, of a scope's records end now. */
const age = async (scope: string) =>
  void (await admin`update idempotency.record set retained_until = statement_timestamp() - interval '1 second'
    where scope = ${scope} and retained_until is not null`);

/** So many records, all of one state; those that are settled are past their time. */
async function fill(state: number, count: number, scope = aScope()): Promise<string> {
  const [due, retained] = state < 2 ? [1, null] : [null, state === 4 ? null : 1];
  await admin`insert into idempotency.record
      (id, scope, operation, key, version, fingerprint, state, due_at, retained_until, input, progress, outcome)
    select gen_random_uuid(), ${scope}, 'o', n::text, 1, '', ${state},
      statement_timestamp() - ${due}::int * interval '1 hour', statement_timestamp() - ${retained}::int * interval '1 hour',
      ${state === 5 ? null : '1'}, ${state === 5 ? null : '{}'}, ${state === 5 ? null : '2'}
    from generate_series(1, ${count}) as n`;
  return scope;
}

async function statesOf(scope: string): Promise<Record<string, number>> {
  const rows = await admin<{ state: number; n: number }[]>`select state, count(*)::int as n from idempotency.record
    where scope = ${scope} group by state`;
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

const upkeep = (once = onceOver(driver).once) => createWorker(once, []).runOnce();

test('past its retention a record becomes a tombstone: the key is known, the outcome is gone, nothing executes', async () => {
  const scope = aScope();
  const { once, events } = onceOver(driver, { tombstoneMs: 3_600_000 });
  const request = { operation, scope, key: 'k', input: { sku: 'secret' } };
  await once.transaction(request, async () => ({ id: 7 }));
  expect(await upkeep(once)).toBe(0); // not before its time
  await age(scope);
  expect(await upkeep(once)).toBe(1);
  const tombstone = await fixture.record(scope);
  expect(tombstone).toMatchObject({ state: 5, input: null, progress: null, outcome: null, key: 'k' });
  const [row] = await admin<{ left: number }[]>`
    select extract(epoch from retained_until - statement_timestamp())::float8 as left from idempotency.record`;
  expect(row?.left).toBeGreaterThan(3_500);
  expect(row?.left).toBeLessThanOrEqual(3_600);
  const again = once.transaction(request, async (tx) => await driver.write(tx, scope));
  expect(await codeThrown(again)).toBe('IDEMPOTENCY_KEY_EXPIRED');
  expect(await codeThrown(once.transaction({ ...request, input: {} }, async () => 1))).toBe(
    'IDEMPOTENCY_FINGERPRINT_MISMATCH',
  );
  expect(await fixture.written(scope)).toEqual([]);
  expect(await fixture.record(scope)).toEqual(tombstone);
  expect(await once.find(operation, request)).toMatchObject({ state: 'expired', outcome: undefined });
  expect(events.at(-3)).toMatchObject({ name: 'expired', operation, scope, recordId: tombstone?.['id'] });
});

test('past its time as a tombstone the row goes, and the key is new', async () => {
  const scope = aScope();
  const { once, names } = onceOver(driver);
  const request = { operation, scope, key: 'k', input: {} };
  await once.transaction(request, async () => reject('no'));
  for (const left of [1, 0]) {
    await age(scope);
    expect(await upkeep(once)).toBe(1);
    expect(await admin`select 1 from idempotency.record`).toHaveLength(left);
  }
  expect(names().slice(-2)).toEqual(['expired', 'forgotten']);
  expect(await once.transaction(request, async () => 'yes')).toMatchObject({ value: 'yes', replayed: false });
});

test('only what is settled expires: never what is in flight, waits or is parked, however old', async () => {
  const kept = await Promise.all([0, 1, 4].map((state) => fill(state, 3)));
  await admin`update idempotency.record set created_at = created_at - interval '10 years',
    advanced_at = advanced_at - interval '10 years'`;
  const before = await admin`select * from idempotency.record order by id`;
  const gone = await Promise.all([2, 3, 5].map((state) => fill(state, 3)));
  expect(await upkeep()).toBe(9);
  for (const scope of kept) expect(Object.values(await statesOf(scope))).toEqual([3]);
  expect(await admin`select * from idempotency.record where state in (0, 1, 4) order by id`).toEqual(before);
  expect(await Promise.all(gone.map(statesOf))).toEqual([{ 5: 3 }, { 5: 3 }, {}]);
});

test('6 workers at once, over more than one batch: each record once, and each is told of once', async () => {
  const settled = await fill(2, 2_500);
  const tombstones = await fill(5, 1_500);
  const workers = Array.from({ length: 6 }, () => onceOver(driver));
  await Promise.all(workers.map(({ once }) => upkeep(once)));
  const last = onceOver(driver);
  await upkeep(last.once); // what those who met have left to each other
  expect(await statesOf(settled)).toEqual({ 5: 2_500 });
  expect(await statesOf(tombstones)).toEqual({});
  const told = [...workers, last].flatMap(({ events }) => events.map(({ name, recordId }) => `${name} ${recordId}`));
  expect(told).toHaveLength(4_000);
  expect(new Set(told).size).toBe(4_000);
});

test('a worker that was killed half-way leaves whole records, and the next one goes on', async () => {
  const scope = await fill(2, 30_000);
  const child = spawn(process.execPath, [fileURLToPath(new URL('doomed-worker.ts', import.meta.url)), fixture.url], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await eventually(async () => ((await statesOf(scope))['5'] ?? 0) > 0);
  child.kill('SIGKILL');
  const [, signal] = await event(child, 'exit');
  expect(signal).toBe('SIGKILL');
  const halfWay = await statesOf(scope);
  expect(halfWay['2']).toBeGreaterThan(0);
  const [torn] = await admin`select count(*)::int as n from idempotency.record
    where (state = 5) <> (outcome is null) or (state = 5) <> (input is null)`;
  expect(torn).toEqual({ n: 0 });
  await upkeep();
  expect(await statesOf(scope)).toEqual({ 5: 30_000 });
});

test('a budget ends expiry between two batches, and a stopped worker takes no other', async () => {
  const scope = await fill(2, 1_500);
  const worker = createWorker(onceOver(driver).once, []);
  expect(await worker.runOnce({ budgetMs: 0 })).toBe(0);
  await worker.stop();
  expect(await worker.runOnce()).toBe(0);
  expect(await statesOf(scope)).toEqual({ 2: 1_500 });
});

test('a worker that runs lets expire while a call of another record holds up its other loop', async () => {
  const scope = aScope();
  const asked = gate();
  const answer = gate();
  const slow = workflow<Plain>(`slow.${scope}`)
    .transaction('begin', async () => 1)
    .call('call', {
      send: async () => {
        asked.open();
        await answer.passed;
        return answered(1);
      },
    })
    .transaction('end', async () => 1);
  const dead = onceOver(driver, {
    at: async (point) => void (point === 'committed:begin' && (await new Promise(() => {}))),
  });
  void dead.once.run(slow, { scope, key: 'k', input: null });
  await eventually(() => fixture.record(scope));
  await fixture.makeDue(scope);
  const worker = createWorker(onceOver(driver).once, [slow], { pollMs: 1, upkeepMs: 1 });
  worker.start();
  await asked.passed;
  const expiring = await fill(2, 3);
  await expect.poll(() => statesOf(expiring), { timeout: 10_000 }).toEqual({ 5: 3 });
  answer.open();
  await worker.stop();
});

test('only who asks for it executes an expired key again: in the same record, under the next fence', async () => {
  const scope = aScope();
  const { once } = onceOver(driver);
  const request = { operation, scope, key: 'k', input: {} };
  await once.transaction(request, async () => 1);
  await age(scope);
  await upkeep(once);
  const again = () =>
    once.transaction({ ...request, rerunExpired: true }, async (tx) => {
      await driver.write(tx, scope, 'again');
      return 2;
    });
  expect(await Promise.all([again(), again(), again()])).toMatchObject([{ value: 2 }, { value: 2 }, { value: 2 }]);
  expect(await fixture.written(scope)).toEqual(['again']);
  expect(await fixture.record(scope)).toMatchObject({ state: 2, fence: 2, outcome: '2' });
  expect(await once.transaction(request, async () => 3)).toMatchObject({ value: 2, replayed: true });
  const other = once.transaction({ ...request, input: { n: 1 }, rerunExpired: true }, async () => 3);
  expect(await codeThrown(other)).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
});

test('a throw while it executes again leaves the tombstone as it was', async () => {
  const scope = aScope();
  const { once } = onceOver(driver);
  const request = { operation, scope, key: 'k', input: {}, rerunExpired: true };
  await once.transaction(request, async () => 1);
  await age(scope);
  await upkeep(once);
  const tombstone = await fixture.record(scope);
  const throwing = once.transaction(request, async () => {
    throw new Error('disk full');
  });
  await expect(throwing).rejects.toThrow('disk full');
  expect(await fixture.record(scope)).toEqual(tombstone);
});

test('a workflow may be declared so: it runs again from its first phase, and a holder of its first life cannot write', async () => {
  const scope = aScope();
  const frozen = gate();
  const woken = gate();
  let run = 0;
  const report = workflow<Plain>(`report.${scope}`, { rerunExpired: true })
    .transaction('begin', async (tx) => {
      await driver.write(tx, scope, `begin ${++run}`);
      return { run };
    })
    .transaction('end', async (tx, { begin }) => {
      await driver.write(tx, scope, `end ${begin.run}`);
      return begin.run;
    });
  const stale = onceOver(driver, {
    at: async (point) => {
      if (point !== 'committing:end') return;
      frozen.open();
      await woken.passed;
    },
  });
  const request = { scope, key: 'k', input: null };
  const first = stale.once.run(report, request);
  await frozen.passed;
  await fixture.makeDue(scope);
  const { once } = onceOver(driver);
  expect(await once.run(report, request)).toMatchObject({ value: 1 });
  await age(scope);
  await upkeep(once);
  // The second life stands where the frozen holder of the first stood: in flight, behind `begin`.
  const dead = onceOver(driver, {
    at: async (point) => void (point === 'committed:begin' && (await new Promise(() => {}))),
  });
  void dead.once.run(report, request);
  await eventually(async () => (await fixture.record(scope))?.['state'] === 0);
  expect(await fixture.record(scope)).toMatchObject({ fence: 3, recovery_point: 'begin' });
  woken.open();
  await eventually(() => stale.names().includes('lease_lost'));
  await fixture.makeDue(scope);
  expect(await once.run(report, request)).toMatchObject({ value: 2 });
  expect(await first).toMatchObject({ value: 2 });
  expect(await fixture.written(scope)).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
});

test('inside a transaction of the caller too', async () => {
  const scope = aScope();
  const { once } = onceOver(driver);
  const request = { operation, scope, key: 'k', input: {} };
  await once.transaction(request, async () => 1);
  await age(scope);
  await upkeep(once);
  const within = (rerunExpired: boolean) =>
    driver.database.transaction(
      async (tx) => await once.within(tx).transaction({ ...request, rerunExpired }, async () => 2),
    );
  expect(await codeThrown(within(false))).toBe('IDEMPOTENCY_KEY_EXPIRED');
  expect(await within(true)).toMatchObject({ value: 2, replayed: false });
});

test('a replay that meets the expiry of its record gets the outcome or KEY_EXPIRED, and never executes', async () => {
  const scope = aScope();
  const { once } = onceOver(driver);
  const request = { operation, scope, key: 'k', input: {} };
  await once.transaction(request, async () => 1);
  await age(scope);
  const locked = gate();
  const release = gate();
  const holding = admin.begin(async (tx) => {
    await tx`select 1 from idempotency.record where scope = ${scope} for update`;
    locked.open();
    await release.passed;
  });
  await locked.passed;
  const expiring = upkeep(once);
  await eventually(() => somebodyWaits(fixture));
  expect(await once.transaction(request, async () => 2)).toMatchObject({ value: 1, replayed: true });
  release.open();
  await holding;
  expect(await expiring).toBe(1);
  expect(await codeThrown(once.transaction(request, async () => 2))).toBe('IDEMPOTENCY_KEY_EXPIRED');
});
