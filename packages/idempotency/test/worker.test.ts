import { expect, test } from 'vitest';
import { type Answered, answered, type IdempotencyEvent, type Unknown, unknown, workflow } from '../src/index.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, eventually, gate, onceOver, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();
type Plain = { tx: PostgresTx; services: object };

/** A workflow of its own name, so that the workers of other tests leave its records alone. */
type Send = () => Promise<Answered<number> | Unknown>;

function aWorkflow(send: Send) {
  const scope = aScope();
  const work = workflow<Plain>(`work.${scope}`)
    .transaction('begin', async () => 1)
    .call('call', { send })
    .transaction('end', async (tx) => await driver.write(tx, scope, 'end'));
  return { scope, work };
}

/** So many records whose holder has gone silent after the first commit. */
async function abandon(count: number, send: Send = async () => answered(1)) {
  const { scope, work } = aWorkflow(send);
  const dead = onceOver(driver, {
    at: async (point) => void (point === 'committed:begin' && (await new Promise(() => {}))),
  });
  for (let i = 0; i < count; i++) void dead.once.run(work, { scope, key: `k${i}`, input: null });
  const begun = async () => {
    const [row] = await fixture.admin`select count(*)::int as n from idempotency.record where scope = ${scope}`;
    return row?.['n'] === count;
  };
  await eventually(begun);
  await fixture.makeDue(scope);
  return { scope, work };
}

test('of 120 abandoned records 6 workers take each exactly once', async () => {
  const { scope, work } = await abandon(120);
  const { once } = onceOver(driver);
  const taken = await Promise.all(Array.from({ length: 6 }, () => createWorker(once, [work], { batch: 20 }).runOnce()));
  await createWorker(once, [work]).runOnce(); // what the last to give up have left
  const rows = await fixture.admin`select state, fence, count(*)::int as n from idempotency.record
    where scope = ${scope} group by state, fence`;
  expect(rows).toEqual([{ state: 2, fence: 2, n: 120 }]);
  expect(await fixture.written(scope)).toHaveLength(120);
  expect(taken.reduce((sum, n) => sum + n)).toBeLessThanOrEqual(120);
});

test('a record that always throws is tried up to maxTries, then parked with an event, never dropped', async () => {
  const { scope, work } = await abandon(1, async () => unknown(new Error('down'), 60_000));
  const errors: unknown[] = [];
  const events: IdempotencyEvent[] = [];
  const { once } = onceOver(driver, { maxTries: 3 });
  const worker = createWorker(once, [work], {
    onError: (error) => errors.push(error),
    onEvent: (event) => events.push(event),
  });
  for (let turn = 0; turn < 6; turn++) {
    await fixture.makeDue(scope);
    await worker.runOnce();
  }
  expect(await fixture.record(scope)).toMatchObject({ state: 4, failed_tries: 4, due_at: null });
  expect(events.filter(({ name }) => name === 'parked')).toMatchObject([
    { operation: work.name, scope, phase: 'call' },
  ]);
  expect(events.filter(({ name }) => name === 'unknown')).toHaveLength(3);
  expect(errors).toEqual([]);
});

test('a phase that throws is counted, waits for a backoff, and its error is reported', async () => {
  const scope = aScope();
  let failing = true;
  const work = workflow<Plain>(`work.${scope}`)
    .transaction('begin', async () => 1)
    .transaction('end', async (tx) => {
      await driver.write(tx, scope, 'end');
      if (failing) throw new Error('disk full');
    });
  const { once } = onceOver(driver);
  await expect(once.run(work, { scope, key: 'k', input: null })).rejects.toThrow('disk full');
  expect(await once.find(work, { scope, key: 'k' })).toMatchObject({
    state: 'waiting',
    failedTries: 0,
    recoveryPoint: 'begin',
  });
  const errors: unknown[] = [];
  const worker = createWorker(once, [work], { onError: (error) => errors.push(error) });
  expect(await worker.runOnce()).toBe(0); // not before its time
  await fixture.makeDue(scope);
  expect(await worker.runOnce()).toBe(1);
  expect(errors).toMatchObject([{ message: 'disk full' }]);
  const view = await once.find(work, { scope, key: 'k' });
  expect(view).toMatchObject({ state: 'waiting', failedTries: 1, fence: 2 });
  expect(view?.dueAt?.getTime()).toBeGreaterThan(view?.createdAt.getTime() ?? Number.POSITIVE_INFINITY);
  failing = false;
  await fixture.makeDue(scope);
  await worker.runOnce();
  expect(await once.run(work, { scope, key: 'k', input: null })).toMatchObject({ status: 'succeeded', replayed: true });
  expect(await fixture.written(scope)).toEqual(['end']);
});

test('progress gives a record its tries again', async () => {
  const { scope, work } = await abandon(1, async () => unknown('down', 60_000));
  const { once } = onceOver(driver, { maxTries: 2 });
  await createWorker(once, [work]).runOnce();
  expect(await fixture.record(scope)).toMatchObject({ failed_tries: 1 });
  const advancing = workflow<Plain>(work.name)
    .transaction('begin', async () => 1)
    .call('call', { send: async () => answered(1) })
    .transaction('middle', async () => 1)
    .call('second', { send: async () => unknown('down', 60_000) })
    .transaction('end', async () => 1);
  await fixture.makeDue(scope);
  await createWorker(once, [advancing]).runOnce();
  expect(await fixture.record(scope)).toMatchObject({ recovery_point: 'middle', failed_tries: 0, state: 1 });
});

test('a worker leaves alone what it does not know, and what another operation has', async () => {
  const { scope } = await abandon(3);
  const other = aWorkflow(async () => answered(1)).work;
  expect(await createWorker(onceOver(driver).once, [other]).runOnce()).toBe(0);
  const rows = await fixture.admin`select distinct fence from idempotency.record where scope = ${scope}`;
  expect(rows).toEqual([{ fence: 1 }]);
});

test('stop lets the record in hand come to its end and takes nothing more', async () => {
  const asked = gate();
  const answer = gate();
  const { scope, work } = await abandon(5, async () => {
    asked.open();
    await answer.passed;
    return answered(1);
  });
  const worker = createWorker(onceOver(driver).once, [work], { pollMs: 1 });
  worker.start();
  worker.start(); // once is enough
  await asked.passed;
  let stopped = false;
  const stop = worker.stop().then(() => {
    stopped = true;
  });
  await fixture.admin`select pg_sleep(0.05)`;
  expect(stopped).toBe(false);
  answer.open();
  await stop;
  const rows = await fixture.admin`select state, count(*)::int as n from idempotency.record
    where scope = ${scope} group by state order by state`;
  expect(rows).toEqual([
    { state: 0, n: 4 },
    { state: 2, n: 1 },
  ]);
  expect(await worker.runOnce()).toBe(0);
});

test('a worker that runs finishes what becomes due, and survives a database that is away', async () => {
  const { scope, work } = await abandon(3);
  const errors: unknown[] = [];
  const away = {
    ...driver.database,
    query: async () => Promise.reject(Object.assign(new Error('away'), { code: 'XX000' })),
  };
  let outage = true;
  const flaky = onceOver({
    ...driver,
    database: { ...driver.database, query: (...parts) => (outage ? away.query() : driver.database.query(...parts)) },
  });
  const worker = createWorker(flaky.once, [work], { pollMs: 1, onError: (error) => errors.push(error) });
  worker.start();
  await eventually(() => errors.length > 2);
  outage = false;
  await eventually(async () => (await fixture.written(scope)).length === 3);
  await worker.stop();
  expect(errors[0]).toMatchObject({ code: 'XX000' });
});

test('callers and workers on the same records at once: each phase once', async () => {
  const { scope, work } = await abandon(20);
  const { once } = onceOver(driver, { waitMs: 20_000 });
  const workers = Array.from({ length: 3 }, () => createWorker(once, [work]).runOnce());
  const callers = Array.from({ length: 20 }, (_, i) => once.run(work, { scope, key: `k${i}`, input: null }));
  for (const answer of await Promise.all(callers)) expect(answer).toMatchObject({ status: 'succeeded' });
  await Promise.all(workers);
  expect(await fixture.written(scope)).toHaveLength(20);
});

test('a budget ends a round, and a round goes through more than one batch', async () => {
  const { work } = await abandon(4);
  const { once } = onceOver(driver);
  expect(await createWorker(once, [work]).runOnce({ budgetMs: 0 })).toBe(0);
  expect(await createWorker(once, [work], { batch: 2 }).runOnce()).toBe(4);
});
