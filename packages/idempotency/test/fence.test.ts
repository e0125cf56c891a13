import { expect, test } from 'vitest';
import { declined, unknown, waiting } from '../src/index.ts';
import { createWorker } from '../src/worker.ts';
import { codeThrown, eventually, gate, openFixture, somebodyWaits } from './fixture.ts';
import { aPayment } from './payment.ts';

const fixture = await openFixture();
const driver = fixture.driver();

/** A holder that stops at a point while its lease lapses, and a successor that has taken over and is in flight. */
async function staleHolder(point: string) {
  const shop = aPayment(driver);
  const stopped = gate();
  const goOn = gate();
  const stale = shop.process({
    at: async (here) => {
      if (here !== point) return;
      stopped.open();
      await goOn.passed;
    },
  });
  const outcome = stale.once.run(shop.pay, { ...shop.request, waitMs: 0 });
  outcome.catch(() => {});
  await stopped.passed;
  await fixture.makeDue(shop.scope);
  return { ...shop, stale, outcome, goOn: goOn.open };
}

/** A successor that stays in flight at the call until it is let go. */
function inFlightSuccessor(shop: Awaited<ReturnType<typeof staleHolder>>) {
  const asked = gate();
  const answer = gate();
  shop.provider.lookups.push(async ({ key }) => {
    asked.open();
    await answer.passed;
    return { status: 'answered', value: { id: shop.provider.keep(key) } };
  });
  const outcome = shop.process().once.run(shop.pay, shop.request);
  return { outcome, asked: asked.passed, answer: answer.open };
}

test('a stale holder cannot settle while its successor is in flight: not one row is kept', async () => {
  const shop = await staleHolder('answered:charge');
  const successor = inFlightSuccessor(shop);
  await successor.asked;
  const before = await fixture.record(shop.scope);
  shop.goOn();
  expect(await codeThrown(shop.outcome)).toBe('IDEMPOTENCY_IN_FLIGHT');
  expect(shop.stale.names()).toContain('lease_lost');
  expect(await fixture.record(shop.scope)).toEqual(before);
  expect(await fixture.written(shop.scope)).toEqual(['reserve']);
  successor.answer();
  expect(await successor.outcome).toMatchObject({ status: 'succeeded', value: { charge: 1 } });
  expect(await fixture.written(shop.scope)).toEqual(['reserve', 'settle']);
});

test('a stale holder whose phase is open when the takeover commits loses it at the fence', async () => {
  const shop = await staleHolder('committing:settle');
  const successor = inFlightSuccessor(shop);
  await successor.asked;
  shop.goOn();
  expect(await codeThrown(shop.outcome)).toBe('IDEMPOTENCY_IN_FLIGHT');
  expect(await fixture.written(shop.scope)).toEqual(['reserve']);
  successor.answer();
  expect(await successor.outcome).toMatchObject({ status: 'succeeded' });
});

test('a stale holder waits for a takeover that is not committed, and loses or goes on by how that ends', async () => {
  for (const end of ['commit', 'rollback'] as const) {
    const shop = await staleHolder('committing:settle');
    const rival = await fixture.admin.reserve();
    await rival`begin`;
    await rival`update idempotency.record set fence = fence + 1, due_at = statement_timestamp() + interval '1 minute'
      where scope = ${shop.scope}`;
    shop.goOn();
    await eventually(() => somebodyWaits(fixture));
    await rival.unsafe(end);
    rival.release();
    if (end === 'commit') expect(await codeThrown(shop.outcome)).toBe('IDEMPOTENCY_IN_FLIGHT');
    else expect(await shop.outcome).toMatchObject({ status: 'succeeded', replayed: false });
    expect(await fixture.written(shop.scope)).toEqual(end === 'commit' ? ['reserve'] : ['reserve', 'settle']);
  }
});

test.each([
  ['waiting', waiting({ step: 'stale' }, 1)],
  ['unknown', unknown('stale', 1)],
] as const)('a stale holder cannot put the record down as %s', async (_name, answer) => {
  const shop = await staleHolder('sending:charge');
  const successor = inFlightSuccessor(shop);
  await successor.asked;
  shop.provider.plan.push(() => answer);
  shop.provider.lookups.push(() => answer);
  const before = await fixture.record(shop.scope);
  shop.goOn();
  expect(await codeThrown(shop.outcome)).toBe('IDEMPOTENCY_IN_FLIGHT');
  expect(await fixture.record(shop.scope)).toEqual(before);
  successor.answer();
  expect(await successor.outcome).toMatchObject({ status: 'succeeded' });
});

test('a stale holder gets its successor’s answer when that has settled', async () => {
  const shop = await staleHolder('answered:charge');
  shop.provider.lookups.push(() => declined('other news'));
  expect(await shop.process().once.run(shop.pay, shop.request)).toMatchObject({
    status: 'rejected',
    reason: 'other news',
  });
  shop.goOn();
  expect(await shop.outcome).toEqual({ status: 'rejected', reason: 'other news', replayed: true });
  expect(await fixture.written(shop.scope)).toEqual(['reserve', 'settle']);
});

test('a phase that ends long after its taking is worthless, for a worker too', async () => {
  const shop = aPayment(driver);
  const stopped = gate();
  const goOn = gate();
  const { once } = shop.process({
    at: async (point) => {
      if (point !== 'committing:settle') return;
      stopped.open();
      await goOn.passed;
    },
  });
  shop.provider.plan.push(() => unknown('lost', 1));
  shop.provider.lookups.push(() => unknown('lost', 1));
  expect(await once.run(shop.pay, shop.request)).toMatchObject({ status: 'unknown' });
  await fixture.makeDue(shop.scope);
  const errors: unknown[] = [];
  const slow = createWorker(once, [shop.pay], { onError: (error) => errors.push(error) }).runOnce();
  await stopped.passed;
  await fixture.makeDue(shop.scope);
  expect(await shop.process().once.run(shop.pay, shop.request)).toMatchObject({ status: 'succeeded', replayed: false });
  goOn.open();
  expect(await slow).toBe(1);
  expect(errors).toEqual([]);
  expect(await fixture.written(shop.scope)).toEqual(['reserve', 'settle']);
  expect(await fixture.record(shop.scope)).toMatchObject({ state: 2, fence: 3 });
});

test('a record that a settled holder has left cannot be moved by any statement of a holder', async () => {
  const shop = aPayment(driver);
  await shop.process().once.run(shop.pay, shop.request);
  const before = await fixture.record(shop.scope);
  const statements = await import('../src/statements.ts');
  const id = String(before?.['id']);
  for (const [text, ...more] of [
    [statements.advance, 'x', '{}', '1 second'],
    [statements.settle, '3', '"x"', '1 second'],
    [statements.wait, '1 second', '{}'],
    [statements.renew, '1 second'],
    [statements.park, null, null],
  ] as const) {
    expect(await driver.database.query(text, [id, '1', ...more])).toHaveLength(0);
  }
  expect(await driver.database.query(statements.takeOver, [id, '1 second'])).toHaveLength(0);
  expect(await driver.database.query(statements.wake, [id, null, null])).toHaveLength(0);
  expect(await fixture.record(shop.scope)).toEqual(before);
});
