// The clock is the database's: a server whose own clock is wrong acts no sooner and no later.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { answered, unknown, workflow } from '../src/index.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, codeThrown, onceOver, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const hour = 3_600_000;

afterEach(() => void vi.useRealTimers());

describe.each([
  ['an hour ahead', hour],
  ['an hour behind', -hour],
])('a server whose clock is %s', (_name, offBy) => {
  const skewed = <T>(work: () => Promise<T>): Promise<T> => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offBy });
    return work();
  };
  let heard: () => ReturnType<typeof answered<number>> | ReturnType<typeof unknown>;
  const work = workflow<{ tx: PostgresTx; services: object }>(`clock.${offBy}`)
    .transaction('begin', async () => 1)
    .call('call', { send: async () => heard(), resendWithinMs: hour / 2 })
    .transaction('end', async () => 1);

  test('takes over nothing that another holds, and everything that is due', async () => {
    const scope = aScope();
    const request = { scope, key: 'k', input: null, waitMs: 0 };
    const dead = onceOver(driver, {
      at: async (point) => void (point === 'sending:call' && (await new Promise(() => {}))),
    });
    void dead.once.run(work, request);
    await expect.poll(async () => (await dead.once.find(work, request))?.state).toBe('in_flight');
    heard = () => answered(1);
    const { once } = onceOver(driver);
    await skewed(async () => {
      expect(await codeThrown(once.run(work, request))).toBe('IDEMPOTENCY_IN_FLIGHT');
      expect(await createWorker(once, [work]).runOnce()).toBe(0);
      await fixture.makeDue(scope);
      // Sent again and not parked: half an hour has not passed, whatever its clock says.
      expect(await once.run(work, request)).toMatchObject({ status: 'succeeded' });
    });
  });

  test('writes leases, waits and retention by the database’s clock', async () => {
    const scope = aScope();
    heard = () => unknown('down', 60_000);
    const request = { scope, key: 'k', input: null };
    const { once } = onceOver(driver, { retentionMs: hour });
    await skewed(() => once.run(work, request));
    const left = async (column: 'due_at' | 'retained_until') => {
      const [row] = await fixture.admin<{ left: number }[]>`
        select extract(epoch from ${fixture.admin(column)} - statement_timestamp())::float8 as left
        from idempotency.record where scope = ${scope}`;
      return row?.left;
    };
    expect(await left('due_at')).toSatisfy((seconds: number) => seconds > 30 && seconds <= 60);
    heard = () => answered(1);
    await fixture.makeDue(scope);
    await skewed(() => once.run(work, request));
    expect(await left('retained_until')).toSatisfy((seconds: number) => seconds > 3_500 && seconds <= 3_600);
    expect(await skewed(() => createWorker(once, []).runOnce())).toBe(0);
  });
});
