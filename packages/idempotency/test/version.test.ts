import { expect, test } from 'vitest';
import { z } from 'zod';
import { answered, workflow } from '../src/index.ts';
import { crashAt, planOf } from '../src/testing.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, codeThrown, onceOver, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();
type Plain = { tx: PostgresTx; services: object };

const first = workflow<Plain>('ship')
  .transaction('pack', async () => ({ box: 1 }))
  .call('label', { send: async () => answered('v1 label') })
  .transaction('send', async (_tx, { pack, label }) => `box ${pack.box}, ${label.value}` as const);
const second = workflow<Plain>('ship', { version: 2 })
  .replaces(first)
  .transaction('wrap', async () => ({ paper: true }))
  .transaction('send', async (_tx, { wrap }) => ({ wrapped: wrap.paper }));
const stranger = workflow<Plain>('ship', { version: 2 }).transaction('send', async () => 'unpacked');

/** A record that version 1 has begun and left behind its first phase. */
async function begunByFirst() {
  const scope = aScope();
  const crash = crashAt('committed:pack');
  void onceOver(driver, { at: crash.at }).once.run(first, { scope, key: 'k', input: null });
  await crash.reached;
  await fixture.makeDue(scope);
  return scope;
}

test('a record that an older version began is finished by its phases', async () => {
  const scope = await begunByFirst();
  const answer = await onceOver(driver).once.run(second, { scope, key: 'k', input: null });
  expect(answer).toMatchObject({ status: 'succeeded', value: 'box 1, v1 label' });
  const fresh = await onceOver(driver).once.run(second, { scope: aScope(), key: 'k', input: null });
  expect(fresh).toMatchObject({ status: 'succeeded', value: { wrapped: true } });
});

test('and by a worker that knows the newer one', async () => {
  const scope = await begunByFirst();
  await createWorker(onceOver(driver).once, [second]).runOnce();
  expect(await fixture.record(scope)).toMatchObject({ state: 2, outcome: '"box 1, v1 label"' });
});

test('a version that is not known is refused and left to those who know it, also by workers', async () => {
  const scope = await begunByFirst();
  const { once } = onceOver(driver);
  const refusal = await once.run(stranger, { scope, key: 'k', input: null }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'IDEMPOTENCY_VERSION_UNKNOWN', facts: { retryAfterMs: 5_000 } });
  expect(await createWorker(once, [stranger]).runOnce()).toBe(0);
  expect(await fixture.record(scope)).toMatchObject({ state: 0, fence: 1 });
  expect(await codeThrown(once.resolve(stranger, { scope, key: 'k' }, answered(1)))).toBe('IDEMPOTENCY_NOT_RESOLVABLE');
  expect(await once.run(first, { scope, key: 'k', input: null })).toMatchObject({ status: 'succeeded' });
  expect(await once.run(stranger, { scope, key: 'k', input: null })).toMatchObject({
    value: 'box 1, v1 label',
    replayed: true,
  });
});

test('records that nobody’s worker knows are refused loudly: left as they are, and reported once per version and look', async () => {
  const scope = await begunByFirst();
  const due = await begunByFirst(); // just due: another worker may be about to take it
  await fixture.admin`update idempotency.record set due_at = due_at - interval '6 minutes' where scope = ${scope}`;
  const before = await fixture.record(scope);
  const errors: unknown[] = [];
  const worker = createWorker(onceOver(driver).once, [stranger], { onError: (error) => errors.push(error) });
  expect(await worker.runOnce()).toBe(0);
  expect(await worker.runOnce()).toBe(0); // the next look is a minute later
  expect(errors).toMatchObject([{ code: 'IDEMPOTENCY_VERSION_UNKNOWN', facts: { operation: 'ship' } }]);
  expect(String(errors[0])).toContain('ship@1');
  expect(await fixture.record(scope)).toEqual(before);
  errors.length = 0;
  await createWorker(onceOver(driver).once, [second], { onError: (error) => errors.push(error) }).runOnce();
  expect(errors).toEqual([]);
  expect(await Promise.all([scope, due].map((each) => fixture.record(each)))).toMatchObject([
    { state: 2 },
    { state: 2 },
  ]);
});

test('one worker finishes several operations, and old and new versions of one, side by side', async () => {
  const old = await begunByFirst();
  const scope = aScope();
  const crash = crashAt('committed:wrap');
  void onceOver(driver, { at: crash.at }).once.run(second, { scope, key: 'k', input: null });
  await crash.reached;
  await fixture.makeDue(scope);
  const other = workflow<Plain>('bill')
    .transaction('begin', async () => 1)
    .transaction('end', async () => 'billed');
  const billed = aScope();
  const another = crashAt('committed:begin');
  void onceOver(driver, { at: another.at }).once.run(other, { scope: billed, key: 'k', input: null });
  await another.reached;
  await fixture.makeDue(billed);
  expect(await createWorker(onceOver(driver).once, [second, other]).runOnce()).toBe(3);
  expect(await Promise.all([old, scope, billed].map((each) => fixture.record(each)))).toMatchObject([
    { version: 1, outcome: '"box 1, v1 label"' },
    { version: 2, outcome: '{"wrapped":true}' },
    { outcome: '"billed"' },
  ]);
});

test('the stored input is parsed again: a schema’s dates and new defaults reach a later holder', async () => {
  const scope = aScope();
  const seen: unknown[] = [];
  const remind = (
    schema: z.ZodType<{ at: Date; times?: number | undefined }, { at: string; times?: number | undefined }>,
  ) =>
    workflow<Plain>('remind')
      .input(schema)
      .transaction('note', async (_tx, { input }) => void seen.push(input))
      .transaction('ring', async (_tx, { input }) => void seen.push(input));
  const crash = crashAt('committed:note');
  const input = { at: '2026-11-24T20:00:00.000Z' };
  const old = remind(z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }));
  void onceOver(driver, { at: crash.at }).once.run(old, { scope, key: 'k', input });
  await crash.reached;
  await fixture.makeDue(scope);
  const deployed = remind(
    z.object({ at: z.iso.datetime().transform((text) => new Date(text)), times: z.number().default(3) }),
  );
  await onceOver(driver).once.run(deployed, { scope, key: 'k', input });
  expect(seen).toEqual([{ at: new Date(input.at) }, { at: new Date(input.at), times: 3 }]);
});

test('a stored input that no longer fits is reported, counted and kept', async () => {
  const scope = aScope();
  const crash = crashAt('committed:note');
  const make = (schema: z.ZodType<{ n: number }, { n: number }>) =>
    workflow<Plain>('fits')
      .input(schema)
      .transaction('note', async () => 1)
      .transaction('end', async () => 1);
  void onceOver(driver, { at: crash.at }).once.run(make(z.object({ n: z.number() })), {
    scope,
    key: 'k',
    input: { n: 1 },
  });
  await crash.reached;
  await fixture.makeDue(scope);
  const errors: unknown[] = [];
  const stricter = make(z.object({ n: z.number().min(2) }));
  await createWorker(onceOver(driver).once, [stricter], { onError: (error) => errors.push(error) }).runOnce();
  expect(errors).toMatchObject([{ code: 'IDEMPOTENCY_INPUT_INVALID' }]);
  expect(await fixture.record(scope)).toMatchObject({ state: 1, failed_tries: 1, recovery_point: 'note' });
  await fixture.makeDue(scope);
  const { once, names } = onceOver(driver, { maxTries: 1 });
  await createWorker(once, [stricter], { onError: (error) => errors.push(error) }).runOnce();
  expect(await fixture.record(scope)).toMatchObject({ state: 4, failed_tries: 2, recovery_point: 'note' });
  expect(names()).toEqual(['taken_over', 'parked']); // and not tried for ever
  expect(errors).toHaveLength(1);
});

test('phases that changed without a new version are refused: nothing committed is done again', async () => {
  const scope = await begunByFirst();
  const renamed = workflow<Plain>('ship')
    .transaction('pack again', async (tx) => await driver.write(tx, scope, 'twice'))
    .transaction('send', async () => 1);
  const { once } = onceOver(driver);
  expect(await codeThrown(once.run(renamed, { scope, key: 'k', input: null }))).toBe('IDEMPOTENCY_VERSION_UNKNOWN');
  expect(await fixture.written(scope)).toEqual([]);
  expect(await fixture.record(scope)).toMatchObject({ state: 1, recovery_point: 'pack' });
});

test('the plan of a workflow is a line to pin in a test', () => {
  expect(planOf(first)).toBe('ship@1: ■ pack → ↗ label → ■ send');
});
