import { expect, test } from 'vitest';
import { absent, answered, declined, unknown, workflow } from '../src/index.ts';
import { crashAt } from '../src/testing.ts';
import { aScope, codeThrown, eventually, gate, onceOver, openFixture, type PostgresTx } from './fixture.ts';
import { aPayment, diedWhileCalling } from './payment.ts';

const fixture = await openFixture();
const driver = fixture.driver();

test('a derived key is the same in every try and after the record is lost, and another for another phase', async () => {
  const scope = aScope();
  const keys: string[] = [];
  const twoCalls = workflow<{ tx: PostgresTx; services: object }>('two.calls')
    .call('first', { send: async ({ key }) => answered(keys.push(key)) })
    .transaction('between', async () => 1)
    .call('second', { send: async ({ key }) => answered(keys.push(key)) })
    .transaction('end', async () => 1);
  const { once } = onceOver(driver);
  await once.run(twoCalls, { scope, key: 'k', input: null });
  await fixture.admin`delete from idempotency.record where scope = ${scope}`;
  await once.run(twoCalls, { scope, key: 'k', input: null });
  expect(keys[0]).toMatch(/^once_[A-Za-z0-9_-]{43}$/);
  expect(keys.slice(2)).toEqual(keys.slice(0, 2));
  expect(new Set(keys).size).toBe(2);
});

test('the key may follow the order instead', async () => {
  const scope = aScope();
  const keys: string[] = [];
  const byOrder = workflow<{ tx: PostgresTx; services: object }>('by.order')
    .transaction('reserve', async () => ({ order: 'o-1' }))
    .call('charge', {
      key: ({ reserve }) => `${reserve.order}.charge`,
      send: async ({ key }) => answered(keys.push(key)),
    })
    .transaction('end', async () => 1);
  await onceOver(driver).once.run(byOrder, { scope, key: 'k', input: null });
  expect(keys).toEqual(['o-1.charge']);
});

test('what may have been sent is looked up before it is sent again: found, it is not', async () => {
  const shop = await diedWhileCalling(fixture, driver);
  expect(await shop.next.run(shop.pay, shop.request)).toMatchObject({ status: 'succeeded', value: { charge: 1 } });
  expect(shop.provider.kinds()).toEqual(['send', 'lookup']);
});

test('absent, it is sent again under the same key', async () => {
  const shop = await diedWhileCalling(fixture, driver);
  shop.provider.lookups.push(() => absent);
  expect(await shop.next.run(shop.pay, shop.request)).toMatchObject({ status: 'succeeded', value: { charge: 1 } });
  const [first, , second] = shop.provider.requests;
  expect(shop.provider.kinds()).toEqual(['send', 'lookup', 'send']);
  expect(second).toBe(first);
  expect(shop.provider.charged.size).toBe(1);
});

test('while the lookup does not know, it stays unknown and nothing is sent', async () => {
  const shop = await diedWhileCalling(fixture, driver);
  shop.provider.lookups.push(() => unknown('503', 7_000));
  const answer = { status: 'unknown', phase: 'charge', retryAfterMs: 7_000, needsReview: false };
  expect(await shop.next.run(shop.pay, shop.request)).toEqual(answer);
  const again = await shop.next.run(shop.pay, shop.request); // not due: nobody is asked
  expect(again).toMatchObject({ status: 'unknown', phase: 'charge', needsReview: false });
  expect(shop.provider.kinds()).toEqual(['send', 'lookup']);
  expect(await fixture.written(shop.scope)).toEqual(['reserve']);
});

test('without a lookup it is sent again under the same key', async () => {
  const shop = await diedWhileCalling(fixture, driver, { lookup: false });
  expect(await shop.next.run(shop.pay, shop.request)).toMatchObject({ status: 'succeeded' });
  expect(new Set(shop.provider.requests).size).toBe(1);
  expect(shop.provider.charged.size).toBe(1);
});

test('a send that throws is looked up at once', async () => {
  const shop = aPayment(driver);
  shop.provider.plan.push(({ key }) => {
    shop.provider.keep(key);
    throw new Error('socket hang up');
  });
  const { once } = shop.process();
  expect(await once.run(shop.pay, shop.request)).toMatchObject({ status: 'succeeded', value: { charge: 1 } });
  expect(shop.provider.kinds()).toEqual(['send', 'lookup']);
});

test('an absent right after a lost send proves nothing: it is unknown, and looked up again before a second send', async () => {
  const shop = aPayment(driver);
  shop.provider.plan.push(() => {
    throw new Error('timeout');
  });
  const { once } = shop.process();
  expect(await once.run(shop.pay, shop.request)).toMatchObject({ status: 'unknown', needsReview: false });
  expect(shop.provider.kinds()).toEqual(['send', 'lookup']);
  await fixture.makeDue(shop.scope);
  expect(await once.run(shop.pay, shop.request)).toMatchObject({ status: 'succeeded' });
  expect(shop.provider.kinds()).toEqual(['send', 'lookup', 'lookup', 'send']);
});

test.each([
  ['no answer at all', undefined],
  ['an answer that cannot be stored', { status: 'answered', value: 1n }],
  ['something else', { status: 'ok' }],
])('%s is unknown', async (_name, answer) => {
  const shop = aPayment(driver, { lookup: false });
  shop.provider.plan.push(() => answer as never);
  expect(await shop.process().once.run(shop.pay, shop.request)).toMatchObject({ status: 'unknown', phase: 'charge' });
});

test('a decline is stored by the next transaction and replayed', async () => {
  const shop = aPayment(driver);
  shop.provider.plan.push(() => declined('card_declined'));
  const { once } = shop.process();
  const answer = { status: 'rejected', reason: 'card_declined', replayed: false };
  expect(await once.run(shop.pay, shop.request)).toEqual(answer);
  expect(await once.run(shop.pay, shop.request)).toEqual({ ...answer, replayed: true });
});

test('no transaction is open during a call, and the call is told how long it has', async () => {
  const shop = aPayment(driver);
  let seen: unknown;
  shop.provider.plan.push(async ({ timeoutMs, signal, fence, waited }) => {
    const open = await fixture.admin`select 1 from pg_stat_activity
      where datname = current_database() and state like 'idle in transaction%'`;
    seen = {
      open: open.length,
      inTime: timeoutMs > 20_000 && timeoutMs <= 24_000,
      aborted: signal.aborted,
      fence,
      waited,
    };
    return declined('seen');
  });
  await shop.process().once.run(shop.pay, shop.request);
  expect(seen).toEqual({ open: 0, inTime: true, aborted: false, fence: 1, waited: undefined });
});

test('a call that ignores its signal holds nobody up: past its time it is unknown', async () => {
  const shop = aPayment(driver, { lookup: false });
  let aborted: unknown;
  shop.provider.plan.push(async ({ signal }) => {
    signal.addEventListener('abort', () => {
      aborted = signal.reason;
    });
    return await new Promise<never>(() => {});
  });
  const { once } = shop.process({ leaseMs: 1_000 });
  expect(await once.run(shop.pay, shop.request)).toMatchObject({ status: 'unknown', phase: 'charge' });
  expect(aborted).toMatchObject({ name: 'TimeoutError' });
  expect(await fixture.record(shop.scope)).toMatchObject({ state: 1, fence: 1 });
});

test('a process that slept past its lease sends nothing', async () => {
  const shop = aPayment(driver);
  const slept = gate();
  const { once } = shop.process({
    leaseMs: 1_000,
    at: async (point) => (point === 'sending:charge' ? await slept.passed : undefined),
  });
  const sleeper = once.run(shop.pay, { ...shop.request, waitMs: 0 });
  sleeper.catch(() => {});
  await eventually(async () => {
    const [row] = await fixture.admin`select 1 from idempotency.record
      where scope = ${shop.scope} and due_at < statement_timestamp() - interval '100 milliseconds'`;
    return row;
  });
  slept.open();
  // Its own record is due, so it may take it over, but then it looks before it sends.
  expect(await sleeper).toMatchObject({ status: 'succeeded' });
  expect(shop.provider.kinds()).toEqual(['lookup', 'send']);
  expect(await fixture.record(shop.scope)).toMatchObject({ state: 2, fence: 2 });
});

test('a workflow that begins with a call is claimed before anything is sent', async () => {
  const scope = aScope();
  const sent: string[] = [];
  const ping = workflow<{ tx: PostgresTx; services: object }>('ping')
    .call('ping', { send: async ({ key }) => answered(sent.push(key)) })
    .transaction('pong', async (tx) => await driver.write(tx, scope, 'pong'));
  const crash = crashAt('committed:claim');
  void onceOver(driver, { at: crash.at }).once.run(ping, { scope, key: 'k', input: null });
  await crash.reached;
  expect(await fixture.record(scope)).toMatchObject({ state: 0, recovery_point: null });
  expect(sent).toEqual([]);
  await fixture.makeDue(scope);
  expect(await onceOver(driver).once.run(ping, { scope, key: 'k', input: null })).toMatchObject({
    status: 'succeeded',
  });
  expect(sent).toHaveLength(1);
  expect(await codeThrown(onceOver(driver).once.resume(ping, { scope, key: '' }))).toBe('IDEMPOTENCY_KEY_INVALID');
});
