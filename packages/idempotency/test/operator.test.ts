import { expect, test } from 'vitest';
import { answered, declined, waiting } from '../src/index.ts';
import { createWorker } from '../src/worker.ts';
import { codeThrown, openFixture } from './fixture.ts';
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

test('a parked record is left alone by callers and workers until it is woken, and then has its tries again', async () => {
  const shop = await atTheBank();
  expect(await shop.once.park(shop.pay, shop.request)).toBe(true);
  const parked = { status: 'unknown', phase: 'charge', retryAfterMs: 60_000, needsReview: true };
  expect(await shop.once.run(shop.pay, shop.request)).toEqual(parked);
  expect(await createWorker(shop.once, [shop.pay]).runOnce()).toBe(0);
  expect(await shop.once.park(shop.pay, shop.request)).toBe(false);
  await fixture.admin`update idempotency.record set failed_tries = 99 where scope = ${shop.scope}`;
  expect(await shop.once.wake(shop.pay, shop.request)).toBe(true);
  shop.provider.lookups.push(() => answered({ id: 3 }));
  expect(await shop.once.run(shop.pay, shop.request)).toMatchObject({ status: 'succeeded', value: { charge: 3 } });
});

test('parking a record in flight takes it from its holder', async () => {
  const shop = aPayment(driver);
  const { once } = shop.process();
  shop.provider.plan.push(async ({ key }) => {
    await once.park(shop.pay, shop.request);
    return answered({ id: shop.provider.keep(key) });
  });
  expect(await once.run(shop.pay, shop.request)).toMatchObject({ status: 'unknown', needsReview: true });
  expect(await fixture.written(shop.scope)).toEqual(['reserve']);
});

test('parking within a transaction is done or undone with it', async () => {
  const shop = await atTheBank();
  const operator = { by: 'mira', reason: 'with my own notes' };
  const undone = driver.database.transaction(async (tx) => {
    expect(await shop.once.within(tx).park(shop.pay, shop.request, operator)).toBe(true);
    throw new RangeError('not after all');
  });
  await expect(undone).rejects.toThrow(RangeError);
  expect((await shop.once.find(shop.pay, shop.request))?.state).toBe('waiting');
  await driver.database.transaction((tx) => shop.once.within(tx).park(shop.pay, shop.request, operator));
  expect(await shop.once.find(shop.pay, shop.request)).toMatchObject({
    state: 'needs_review',
    operatorLog: [{ verb: 'park', from: 'waiting', ...operator }],
  });
});

test('an operator resolves a parked call: its answer, the next writes and the outcome are one commit', async () => {
  const shop = await atTheBank();
  await shop.once.park(shop.pay, shop.request);
  const outcome = await shop.once.resolve(shop.pay, shop.request, answered({ id: 42 }));
  expect(outcome).toEqual({ status: 'succeeded', value: { charge: 42 }, replayed: false });
  expect(await shop.once.run(shop.pay, shop.request)).toEqual({ ...outcome, replayed: true });
  expect(await fixture.written(shop.scope)).toEqual(['reserve', 'settle']);
  expect(shop.provider.kinds()).toEqual(['send']);
  expect(shop.names()).toContain('resolved');
});

test('only what waits for a call, or is parked at one, can be resolved', async () => {
  const shop = await atTheBank();
  await shop.once.resolve(shop.pay, shop.request, declined('by hand'));
  const settled = await fixture.record(shop.scope);
  for (const key of [shop.request, { ...shop.request, key: 'other' }]) {
    expect(await codeThrown(shop.once.resolve(shop.pay, key, answered({ id: 1 })))).toBe('IDEMPOTENCY_NOT_RESOLVABLE');
  }
  expect(await fixture.record(shop.scope)).toEqual(settled);
});

test('what a person does to a record is kept with it: who, why, when, and from which state', async () => {
  const shop = await atTheBank();
  const by = (reason: string) => ({ by: 'mira@example.com', reason });
  expect((await shop.once.find(shop.pay, shop.request))?.operatorLog).toEqual([]);
  await shop.once.park(shop.pay, shop.request, by('the bank is down'));
  await shop.once.wake(shop.pay, shop.request, by('it is\nback, "they say"'));
  await shop.once.wake(shop.pay, shop.request); // a webhook: no person
  const [{ now } = { now: new Date(0) }] = await fixture.admin<{ now: Date }[]>`select statement_timestamp() as now`;
  await shop.once.resolve(shop.pay, shop.request, answered({ id: 42 }), by('seen in their books'));
  const log = (await shop.once.find(shop.pay, shop.request))?.operatorLog ?? [];
  expect(log).toEqual([
    { at: expect.any(Date), verb: 'park', from: 'waiting', ...by('the bank is down') },
    { at: expect.any(Date), verb: 'wake', from: 'needs_review', ...by('it is\nback, "they say"') },
    { at: expect.any(Date), verb: 'resolve', from: 'waiting', ...by('seen in their books') },
  ]);
  expect(log[1]?.at.getTime()).toBeLessThanOrEqual(now.getTime());
  expect(log[2]?.at.getTime()).toBeGreaterThanOrEqual(now.getTime());
});

test('nothing is moved for a person who gives no reason', async () => {
  const shop = await atTheBank();
  const before = await fixture.record(shop.scope);
  for (const operator of [
    { by: '', reason: 'x' },
    { by: 'mira', reason: '  ' },
    { by: 'mira', reason: 'nul \0' },
    { by: '\ud800', reason: 'x' },
    { by: 'mira', reason: 'x'.repeat(1_001) },
  ]) {
    for (const moved of [
      shop.once.park(shop.pay, shop.request, operator),
      shop.once.wake(shop.pay, shop.request, operator),
      shop.once.resolve(shop.pay, shop.request, answered({ id: 1 }), operator),
    ]) {
      expect(await codeThrown(moved)).toBe('IDEMPOTENCY_OPTION_INVALID');
    }
  }
  expect(await fixture.record(shop.scope)).toEqual(before);
});
