import { expect, test } from 'vitest';
import {
  type Answer,
  type Answered,
  answered,
  type CallContext,
  declined,
  unknown,
  waiting,
  workflow,
} from '../src/index.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, codeThrown, onceOver, openFixture, type PostgresTx } from './fixture.ts';
import { aPayment } from './payment.ts';

const fixture = await openFixture();
const driver = fixture.driver();

/** A payment whose bank wants to see its customer. */
async function atTheBank(retryAfterMs = 15_000) {
  const shop = aPayment(driver);
  const { once, names } = shop.process();
  shop.provider.plan.push(() => waiting({ step: 'bank' }, retryAfterMs));
  const first = await once.run(shop.pay, shop.request);
  return { ...shop, once, names, first };
}

test('a wait is returned with its details, stored, and answered as it stands until it is due', async () => {
  const shop = await atTheBank();
  const details = { status: 'waiting', phase: 'charge', details: { step: 'bank' } };
  expect(shop.first).toEqual({ ...details, retryAfterMs: 15_000 });
  const again = await shop.once.run(shop.pay, shop.request);
  expect(again).toMatchObject(details);
  expect(again).toEqual({ ...details, retryAfterMs: expect.toSatisfy((ms: number) => ms > 10_000 && ms <= 15_000) });
  expect(shop.provider.kinds()).toEqual(['send']);
  expect(await fixture.record(shop.scope)).toMatchObject({ state: 1, outcome: '{"step":"bank"}', failed_tries: 0 });
});

test('when it is due it is looked up, knowing that it was answered before', async () => {
  const shop = await atTheBank();
  await fixture.makeDue(shop.scope);
  const told: unknown[] = [];
  shop.provider.lookups.push(({ waited }) => {
    told.push(waited);
    return answered({ id: 9 });
  });
  expect(await shop.once.run(shop.pay, shop.request)).toMatchObject({ status: 'succeeded', value: { charge: 9 } });
  expect(told).toEqual([{ step: 'bank' }]);
});

test('waiting is no failed try, however often: it is never parked', async () => {
  const shop = await atTheBank();
  const { once } = shop.process({ maxTries: 1 });
  for (let turn = 0; turn < 4; turn++) {
    await fixture.makeDue(shop.scope);
    shop.provider.lookups.push(() => waiting({ step: `turn ${turn}` }, 1_000));
    expect(await once.run(shop.pay, shop.request)).toMatchObject({
      status: 'waiting',
      details: { step: `turn ${turn}` },
    });
  }
  expect(await fixture.record(shop.scope)).toMatchObject({ state: 1, failed_tries: 0, fence: 5 });
});

test('an unknown after a wait keeps the older details for the next lookup, and says unknown', async () => {
  const shop = await atTheBank();
  await fixture.makeDue(shop.scope);
  shop.provider.lookups.push(() => unknown('503', 60_000));
  expect(await shop.once.run(shop.pay, shop.request)).toMatchObject({ status: 'unknown' });
  expect(await shop.once.run(shop.pay, shop.request)).toMatchObject({ status: 'unknown', needsReview: false });
  expect(await fixture.record(shop.scope)).toMatchObject({ outcome: '{"step":"bank"}', failed_tries: 1 });
  await fixture.makeDue(shop.scope);
  let told: unknown;
  shop.provider.lookups.push(({ waited }) => {
    told = waited;
    return declined('no');
  });
  expect(await shop.once.run(shop.pay, shop.request)).toMatchObject({ status: 'rejected' });
  expect(told).toEqual({ step: 'bank' });
});

test('an advance forgets the details: they belong to the call that is answered', async () => {
  const scope = aScope();
  const told: unknown[] = [];
  const answers: Answer[] = [waiting({ step: 'bank' }, 1_000), unknown('503', 60_000), answered(2)];
  const ask = async ({ waited }: CallContext) => {
    told.push(waited);
    return (answers.shift() ?? answered(1)) as Answered<number>;
  };
  const twice = workflow<{ tx: PostgresTx; services: object }>('twice')
    .transaction('begin', async () => 1)
    .call('first', { send: ask })
    .transaction('between', async () => 2)
    .call('second', { send: ask })
    .transaction('end', async () => 3);
  const { once } = onceOver(driver);
  const run = async () => await once.run(twice, { scope, key: 'k', input: null });
  expect(await run()).toMatchObject({ status: 'waiting', phase: 'first' });
  await fixture.makeDue(scope);
  answers.unshift(answered(1));
  expect(await run()).toMatchObject({ status: 'unknown', phase: 'second' });
  await fixture.makeDue(scope);
  expect(await run()).toMatchObject({ status: 'succeeded', value: 3 });
  expect(told).toEqual([undefined, { step: 'bank' }, undefined, undefined]);
});

test('a woken record is due now; one in flight, settled or absent is left alone', async () => {
  const shop = await atTheBank(3_600_000);
  expect(await shop.once.wake(shop.pay, shop.request)).toBe(true);
  expect(shop.names()).toContain('woken');
  shop.provider.lookups.push(({ key }) => answered({ id: shop.provider.keep(key) }));
  await createWorker(shop.once, [shop.pay]).runOnce();
  const settled = await fixture.record(shop.scope);
  expect(settled).toMatchObject({ state: 2, fence: 2 });
  expect(await shop.once.wake('order.pay', shop.request)).toBe(false);
  expect(await fixture.record(shop.scope)).toEqual(settled);
  expect(await shop.once.wake('order.pay', { ...shop.request, key: 'other' })).toBe(false);
});

test('a record in flight is not woken: its holder will say when it is due', async () => {
  const shop = aPayment(driver);
  const { once } = shop.process();
  let woken: unknown;
  shop.provider.plan.push(async ({ key }) => {
    const before = await fixture.record(shop.scope);
    woken = await once.wake(shop.pay, shop.request);
    expect(await fixture.record(shop.scope)).toEqual(before);
    return answered({ id: shop.provider.keep(key) });
  });
  expect(await once.run(shop.pay, shop.request)).toMatchObject({ status: 'succeeded' });
  expect(woken).toBe(false);
});

test('a wake inside a transaction commits or vanishes with it', async () => {
  const shop = await atTheBank(3_600_000);
  const before = await fixture.record(shop.scope);
  const undone = driver.database.transaction(async (tx) => {
    expect(await shop.once.within(tx).wake(shop.pay, shop.request)).toBe(true);
    throw new Error('undone');
  });
  await codeThrown(undone);
  expect(await fixture.record(shop.scope)).toEqual(before);
  await driver.database.transaction((tx) => shop.once.within(tx).wake(shop.pay, shop.request));
  expect(await createWorker(shop.once, [shop.pay]).runOnce()).toBe(1);
});

test('resume goes on by the stored input, respects what is not due, and finds nothing where nothing is', async () => {
  const shop = await atTheBank();
  expect(await shop.once.resume(shop.pay, shop.request)).toMatchObject({
    status: 'waiting',
    details: { step: 'bank' },
  });
  expect(shop.provider.kinds()).toEqual(['send']);
  await shop.once.wake(shop.pay, shop.request);
  shop.provider.lookups.push(() => answered({ id: 5 }));
  const key = { scope: shop.scope, key: 'k' };
  expect(await shop.once.resume(shop.pay, key)).toEqual({ status: 'succeeded', value: { charge: 5 }, replayed: false });
  expect(await shop.once.resume(shop.pay, key)).toEqual({ status: 'succeeded', value: { charge: 5 }, replayed: true });
  expect(await shop.once.resume(shop.pay, { ...key, key: 'other' })).toBeUndefined();
  expect(await fixture.written(shop.scope)).toEqual(['reserve', 'settle']);
});
