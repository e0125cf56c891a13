import { expect, test } from 'vitest';
import { reject } from '../src/index.ts';
import { aScope, codeThrown, eventually, gate, onceOver, openFixture, somebodyWaits } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const operation = 'order.create';

/** A first caller whose transaction stays open until the gate opens. */
function slowFirst(scope: string, result: unknown = { id: 1 }) {
  const { once } = onceOver(driver);
  const started = gate();
  const finish = gate();
  const first = once.transaction({ operation, scope, key: 'k', input: {} }, async (tx) => {
    await driver.write(tx, scope);
    started.open();
    await finish.passed;
    if (result instanceof Error) throw result;
    return result as { id: number };
  });
  return { first, started: started.passed, finish: finish.open };
}

test('a duplicate waits for the first caller and replays its answer', async () => {
  const scope = aScope();
  const { once } = onceOver(driver, { waitMs: 20_000 });
  const slow = slowFirst(scope);
  await slow.started;
  const duplicate = once.transaction({ operation, scope, key: 'k', input: {} }, async () => ({ id: 2 }));
  await eventually(() => somebodyWaits(fixture));
  slow.finish();
  expect(await slow.first).toEqual({ status: 'succeeded', value: { id: 1 }, replayed: false });
  expect(await duplicate).toEqual({ status: 'succeeded', value: { id: 1 }, replayed: true });
});

test('a duplicate executes when the first caller throws', async () => {
  const scope = aScope();
  const { once } = onceOver(driver, { waitMs: 20_000 });
  const slow = slowFirst(scope, new Error('no'));
  const thrown = codeThrown(slow.first);
  await slow.started;
  const duplicate = once.transaction({ operation, scope, key: 'k', input: {} }, async () => ({ id: 2 }));
  await eventually(() => somebodyWaits(fixture));
  slow.finish();
  expect(await thrown).toBeInstanceOf(Error);
  expect(await duplicate).toEqual({ status: 'succeeded', value: { id: 2 }, replayed: false });
  expect(await fixture.written(scope)).toEqual([]);
});

test('with waitMs 0 a duplicate is refused at once and told when to come back', async () => {
  const scope = aScope();
  const { once } = onceOver(driver);
  const slow = slowFirst(scope);
  await slow.started;
  const before = performance.now();
  const refusal = await once
    .transaction({ operation, scope, key: 'k', input: {}, waitMs: 0 }, async () => 'never')
    .catch((error: unknown) => error);
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(refusal).toMatchObject({ code: 'IDEMPOTENCY_IN_FLIGHT', facts: { operation, scope, retryAfterMs: 1_000 } });
  slow.finish();
  await slow.first;
});

test('a duplicate that gives up leaves nothing behind: the connection serves the next caller', async () => {
  const scope = aScope();
  const single = fixture.driver({ max: 1 });
  const { once } = onceOver(single, { waitMs: 0 });
  const slow = slowFirst(scope);
  await slow.started;
  for (let turn = 0; turn < 3; turn++) {
    const refused = once.transaction({ operation, scope, key: 'k', input: {} }, async () => 'never');
    expect(await codeThrown(refused)).toBe('IDEMPOTENCY_IN_FLIGHT');
    const other = await once.transaction({ operation, scope: aScope(), key: 'k', input: {} }, async (tx) => {
      await tx`select pg_sleep(0.02)`; // a cancel that came late would end this one
      return 'ran';
    });
    expect(other).toMatchObject({ value: 'ran' });
  }
  slow.finish();
  await slow.first;
});

test('a lock_timeout of the role ends one turn of waiting, not the waiting', async () => {
  const scope = aScope();
  const impatient = fixture.driver({ connection: { lock_timeout: 50 } });
  const { once } = onceOver(impatient, { waitMs: 20_000 });
  const slow = slowFirst(scope);
  await slow.started;
  const duplicate = once.transaction({ operation, scope, key: 'k', input: {} }, async () => ({ id: 2 }));
  await eventually(() => somebodyWaits(fixture));
  await fixture.admin`select pg_sleep(0.2)`;
  slow.finish();
  expect(await duplicate).toEqual({ status: 'succeeded', value: { id: 1 }, replayed: true });
});

test('the wait for a rival does not bound the locks of the body', async () => {
  const [scope, row] = [aScope(), aScope()];
  const { once } = onceOver(driver, { waitMs: 0 });
  await fixture.admin`insert into written (scope, note) values (${row}, 'before')`;
  const holder = await fixture.admin.reserve();
  await holder`begin`;
  await holder`update written set note = 'held' where scope = ${row}`;
  const waiting = once.transaction({ operation, scope, key: 'k', input: {} }, async (tx) => {
    await tx`update written set note = 'ours' where scope = ${row}`;
    return 'had its turn';
  });
  await eventually(() => somebodyWaits(fixture));
  await fixture.admin`select pg_sleep(0.6)`;
  await holder`commit`;
  holder.release();
  expect(await waiting).toMatchObject({ status: 'succeeded', value: 'had its turn' });
});

test('every retry gets the same bytes, for a yes and for a no', async () => {
  const { once } = onceOver(driver);
  const value = { z: 1, a: [null, 'é\u0000\ud800', 1e21, -0.5], nested: { b: true, optional: undefined } };
  for (const answer of [value, reject(value)]) {
    const scope = aScope();
    const run = () => once.transaction({ operation, scope, key: 'k', input: {} }, async () => answer);
    const text = (outcome: Awaited<ReturnType<typeof run>>) => JSON.stringify({ ...outcome, replayed: undefined });
    const first = await run();
    const again = await run();
    expect([first.replayed, again.replayed]).toEqual([false, true]);
    expect(text(again)).toBe(text(first));
    expect(text(first)).toContain('"z":1,"a":[null,"é\\u0000\\ud800",1e+21,-0.5],"nested":{"b":true}');
  }
});

test('nothing returned is nothing replayed', async () => {
  const { once } = onceOver(driver);
  const scope = aScope();
  for (const replayed of [false, true]) {
    const answer = await once.transaction({ operation, scope, key: 'k', input: {} }, async () => {});
    expect(answer).toEqual({ status: 'succeeded', value: undefined, replayed });
  }
});
