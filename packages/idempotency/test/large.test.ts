// maxOutcomeBytes: what is too large to be kept is returned, and never executed twice for it.
import { expect, test } from 'vitest';
import { answered, finish, reject, waiting, workflow } from '../src/index.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, codeThrown, onceOver, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const { admin } = fixture;
type Plain = { tx: PostgresTx; services: object };
const operation = 'report.create';
const maxOutcomeBytes = 1_024;
const hour = 3_600_000;
const { once, events } = onceOver(driver, { maxOutcomeBytes, retentionMs: hour, tombstoneMs: 2 * hour });
/** As JSON exactly so many bytes. */
const ofBytes = (bytes: number) => 'x'.repeat(bytes - 2);
const large = ofBytes(maxOutcomeBytes + 1);

const secondsLeft = async (scope: string) => {
  const [row] = await admin<{ left: number }[]>`
    select extract(epoch from retained_until - statement_timestamp())::float8 as left
    from idempotency.record where scope = ${scope}`;
  return row?.left ?? 0;
};

test('an outcome of maxOutcomeBytes is kept; its bytes are counted, not its characters', async () => {
  const scope = aScope();
  const run = (key: string, value: string) =>
    once.transaction({ operation, scope, key, input: null }, async () => value);
  await run('fits', ofBytes(maxOutcomeBytes));
  expect(await run('fits', '')).toMatchObject({ value: ofBytes(maxOutcomeBytes), replayed: true });
  await run('umlauts', 'ü'.repeat(600));
  expect(await codeThrown(run('umlauts', ''))).toBe('IDEMPOTENCY_KEY_EXPIRED');
});

test.each([
  ['a value', async () => large],
  ['a reason', async () => reject(large)],
])('%s that is larger is returned once, and a retry is refused instead of executed', async (_name, answer) => {
  const scope = aScope();
  const request = { operation, scope, key: 'k', input: null };
  const run = () =>
    once.transaction(request, async (tx) => {
      await driver.write(tx, scope, 'ran');
      return await answer();
    });
  const first = await run();
  expect(first.status === 'succeeded' ? first.value : first.reason).toBe(large);
  expect(await fixture.record(scope)).toMatchObject({ state: 5, input: null, progress: null, outcome: null, fence: 1 });
  expect(events.slice(-2)).toMatchObject([{ name: 'settled' }, { name: 'expired', phase: 'transaction' }]);
  expect(await codeThrown(run())).toBe('IDEMPOTENCY_KEY_EXPIRED');
  expect(await fixture.written(scope)).toEqual(['ran']);
});

test('its key is known as long as any other, and an operation that may run again does so only after its retention', async () => {
  const scope = aScope();
  const request = { operation, scope, key: 'k', input: null, rerunExpired: true };
  const run = () =>
    once.transaction(request, async (tx) => {
      await driver.write(tx, scope, 'ran');
      return large;
    });
  await run();
  expect(await secondsLeft(scope)).toBeGreaterThan(3 * 3_600 - 60);
  expect(await codeThrown(run())).toBe('IDEMPOTENCY_KEY_EXPIRED');
  await admin`update idempotency.record set retained_until = retained_until - interval '59 minutes' where scope = ${scope}`;
  expect(await codeThrown(run())).toBe('IDEMPOTENCY_KEY_EXPIRED');
  await admin`update idempotency.record set retained_until = retained_until - interval '1 minute' where scope = ${scope}`;
  expect(await run()).toMatchObject({ value: large });
  expect(await fixture.written(scope)).toEqual(['ran', 'ran']);
});

test.each(['first', 'middle', 'last'] as const)('a workflow may end so in its %s phase', async (where) => {
  const scope = aScope();
  const work = workflow<Plain>(`large.${where}`)
    .transaction('first', async () => (where === 'first' ? finish(large) : 1))
    .call('call', { send: async () => answered(1) })
    .transaction('middle', async () => (where === 'middle' ? finish(large) : 1))
    .transaction('last', async () => large);
  const request = { scope, key: 'k', input: null };
  expect(await once.run(work, request)).toMatchObject({ status: 'succeeded', value: large });
  expect(await fixture.record(scope)).toMatchObject({ state: 5, input: null, progress: null, due_at: null });
  expect(await secondsLeft(scope)).toBeGreaterThan(3 * 3_600 - 60);
  expect(await codeThrown(once.run(work, request))).toBe('IDEMPOTENCY_KEY_EXPIRED');
});

test('inside a transaction of the caller too', async () => {
  const scope = aScope();
  const run = () =>
    driver.database.transaction(
      async (tx) => await once.within(tx).transaction({ operation, scope, key: 'k', input: null }, async () => large),
    );
  expect(await run()).toMatchObject({ value: large });
  expect(await codeThrown(run())).toBe('IDEMPOTENCY_KEY_EXPIRED');
});

test('results of phases that are too large together undo their phase: without them nobody could go on', async () => {
  const scope = aScope();
  const half = ofBytes(700);
  const work = workflow<Plain>('large.progress')
    .transaction('first', async () => half)
    .transaction('second', async (tx) => {
      await driver.write(tx, scope, 'second');
      return half;
    })
    .transaction('last', async () => 1);
  const request = { scope, key: 'k', input: null };
  expect(await codeThrown(once.run(work, request))).toBe('IDEMPOTENCY_OUTCOME_INVALID');
  expect(await fixture.written(scope)).toEqual([]);
  expect(await fixture.record(scope)).toMatchObject({ state: 1, recovery_point: 'first', fence: 1 });
  const first = workflow<Plain>('large.first')
    .transaction('first', async () => large)
    .transaction('last', async () => 1);
  const other = { ...request, scope: aScope() };
  expect(await codeThrown(once.run(first, other))).toBe('IDEMPOTENCY_OUTCOME_INVALID');
  expect(await fixture.record(other.scope)).toBeUndefined();
});

test('the answer of a call may be as large as it likes where nothing of it must be kept', async () => {
  const scope = aScope();
  const work = workflow<Plain>('large.answer')
    .call('call', { send: async () => answered(large) })
    .transaction('last', async (_tx, { call }) => call.value.length);
  expect(await once.run(work, { scope, key: 'k', input: null })).toMatchObject({ value: large.length });
});

test('details of a wait that are too large tell nothing: the call is unknown', async () => {
  const scope = aScope();
  const work = workflow<Plain>(`large.details.${scope}`)
    .transaction('first', async () => 1)
    .call('call', { send: async () => waiting(large, 60_000) })
    .transaction('last', async () => 1);
  expect(await once.run(work, { scope, key: 'k', input: null })).toMatchObject({ status: 'unknown' });
  await fixture.makeDue(scope);
  await createWorker(once, [work]).runOnce();
  expect(await fixture.record(scope)).toMatchObject({ state: 1, failed_tries: 1, outcome: null });
});

test('an input that must be stored has the same limit; one that is only compared has none', async () => {
  const scope = aScope();
  const input = { report: large };
  const schema = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const;
  const work = workflow<Plain>('large.input')
    .input(schema)
    .transaction('only', async () => 1);
  expect(await codeThrown(once.run(work, { scope, key: 'k', input }))).toBe('IDEMPOTENCY_INPUT_INVALID');
  expect(await fixture.record(scope)).toBeUndefined();
  expect(await once.transaction({ operation, scope, key: 'k', input }, async () => 1)).toMatchObject({ value: 1 });
});

const loop: { self?: unknown } = {};
loop.self = loop;
test.each([
  ['a bigint', { n: 1n }],
  ['a cycle', loop],
])('a result that cannot be stored (%s) is refused with the writes of its phase', async (_name, value) => {
  const scope = aScope();
  const run = once.transaction({ operation, scope, key: 'k', input: null }, async (tx) => {
    await driver.write(tx, scope);
    return value as unknown as string; // as from JavaScript
  });
  expect(await codeThrown(run)).toBe('IDEMPOTENCY_OUTCOME_INVALID');
  expect(await fixture.record(scope)).toBeUndefined();
  expect(await fixture.written(scope)).toEqual([]);
});
