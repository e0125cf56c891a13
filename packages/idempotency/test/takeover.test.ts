import { expect, test } from 'vitest';
import { answered, unknown, workflow } from '../src/index.ts';
import { crashAt, crashPoints } from '../src/testing.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, codeThrown, onceOver, openFixture, type PostgresTx } from './fixture.ts';
import { aPayment, payment } from './payment.ts';

const fixture = await openFixture();
const driver = fixture.driver();

/** Runs until the point, where the process dies. */
async function died(point: string) {
  const shop = aPayment(driver);
  const crash = crashAt(point);
  const running = shop.process({ at: crash.at }).once.run(shop.pay, shop.request);
  running.catch(() => {});
  await crash.reached;
  if (!point.includes(':') || point.startsWith('committing:')) await codeThrown(running); // it threw, as a dead process's transaction
  return shop;
}

const points = crashPoints(payment(driver));

test('the crash points of a workflow are all that a run passes, in order', async () => {
  const shop = aPayment(driver);
  const passed: string[] = [];
  await shop.process({ at: (point) => void passed.push(point) }).once.run(shop.pay, shop.request);
  expect(passed).toEqual(points);
  expect(points).toEqual([
    'claimed',
    'committing:reserve',
    'committed:reserve',
    'sending:charge',
    'answered:charge',
    'committing:settle',
    'committed:settle',
  ]);
});

test.each(points)('after a crash at %s another caller finishes: one reserve, one charge, one settle', async (point) => {
  const shop = await died(point);
  await fixture.makeDue(shop.scope);
  const { once } = shop.process();
  const answer = await once.run(shop.pay, shop.request);
  expect(answer).toMatchObject({ status: 'succeeded', value: { charge: 1 } });
  expect(await once.run(shop.pay, shop.request)).toEqual({ ...answer, replayed: true });
  expect(await fixture.written(shop.scope)).toEqual(['reserve', 'settle']);
  expect(shop.provider.charged.size).toBe(1);
  expect(new Set(shop.provider.requests.map((request) => request.split(' ')[1])).size).toBe(1); // one derived key
});

test.each(points.slice(2))('after a crash at %s a worker finishes', async (point) => {
  const shop = await died(point);
  await fixture.makeDue(shop.scope);
  const { once } = shop.process();
  await createWorker(once, [shop.pay]).runOnce();
  expect(await once.run(shop.pay, shop.request)).toMatchObject({ value: { charge: 1 }, replayed: true });
  expect(await fixture.written(shop.scope)).toEqual(['reserve', 'settle']);
  expect(shop.provider.charged.size).toBe(1);
});

test('while the lease runs nobody takes over', async () => {
  const shop = await died('sending:charge');
  const { once } = shop.process();
  expect(await codeThrown(once.run(shop.pay, { ...shop.request, waitMs: 0 }))).toBe('IDEMPOTENCY_IN_FLIGHT');
  expect(await createWorker(once, [shop.pay]).runOnce()).toBe(0);
  expect(await fixture.record(shop.scope)).toMatchObject({ state: 0, fence: 1 });
  expect(shop.provider.requests).toEqual([]);
});

test('a caller that waits takes over as soon as the lease lapses', async () => {
  const shop = await died('sending:charge');
  const answer = shop.process().once.run(shop.pay, { ...shop.request, waitMs: 20_000 });
  await fixture.makeDue(shop.scope);
  expect(await answer).toMatchObject({ status: 'succeeded' });
});

test('of 24 callers and 4 workers on a lapsed record one takes over', async () => {
  for (let round = 0; round < 5; round++) {
    const shop = await died('committed:reserve');
    await fixture.makeDue(shop.scope);
    const { once } = shop.process();
    const callers = Array.from({ length: 24 }, () => once.run(shop.pay, { ...shop.request, waitMs: 20_000 }));
    const workers = Array.from({ length: 4 }, () => createWorker(once, [shop.pay]).runOnce());
    const answers = await Promise.all(callers);
    await Promise.all(workers);
    for (const answer of answers) expect(answer).toMatchObject({ status: 'succeeded', value: { charge: 1 } });
    expect(await fixture.record(shop.scope)).toMatchObject({ state: 2, fence: 2 });
    expect(shop.provider.kinds()).toEqual(['lookup', 'send']);
    expect(await fixture.written(shop.scope)).toEqual(['reserve', 'settle']);
  }
});

test('every commit renews the lease, so that the next phase has all of it', async () => {
  const scope = aScope();
  const left: number[] = [];
  const note = async () => {
    const [row] = await fixture.admin<{ left: number }[]>`
      select extract(epoch from due_at - statement_timestamp())::float8 as left
      from idempotency.record where scope = ${scope}`;
    left.push(row?.left ?? 0);
    await fixture.admin`update idempotency.record set due_at = statement_timestamp() + interval '5 seconds'
      where scope = ${scope}`;
    return answered(null);
  };
  const steps = workflow<{ tx: PostgresTx; services: object }>('steps')
    .transaction('one', async () => 1)
    .call('first', { send: note })
    .transaction('two', async () => 2)
    .call('second', { send: note })
    .transaction('three', async () => 3);
  await onceOver(driver, { leaseMs: 60_000 }).once.run(steps, { scope, key: 'k', input: null });
  expect(left.map((seconds) => seconds > 30)).toEqual([true, true]);
});

test('whoever takes over gets what the committed phases returned, and the input', async () => {
  const shop = await died('committed:reserve');
  await fixture.makeDue(shop.scope);
  shop.provider.lookups.push(() => unknown('busy', 60_000));
  const { once } = shop.process();
  await once.run(shop.pay, shop.request);
  expect(await once.find(shop.pay, shop.request)).toMatchObject({
    state: 'waiting',
    fence: 2,
    failedTries: 1,
    recoveryPoint: 'reserve',
    progress: { reserve: { scope: shop.scope } },
    input: { scope: shop.scope },
  });
});
