import { describe, expect, test } from 'vitest';
import { answered, workflow } from '../src/index.ts';
import { aScope, type Driver, onceOver, openFixture } from './fixture.ts';

const fixture = await openFixture();

const racers = 24;
const all = <T>(work: (caller: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: racers }, (_, caller) => work(caller)));

function racesOver<Tx>(driver: Driver<Tx>) {
  test('of 24 callers of a fresh key one executes, and all get its answer', async () => {
    const { once } = onceOver(driver, { waitMs: 20_000 });
    for (let round = 0; round < 5; round++) {
      const scope = aScope();
      const answers = await all((caller) =>
        once.transaction({ operation: 'order.create', scope, key: 'k', input: { sku: 'a' } }, async (tx) => {
          await driver.write(tx, scope, `by ${caller}`);
          return { by: `by ${caller}` };
        }),
      );
      const [winner, ...others] = await fixture.written(scope);
      expect(others).toEqual([]);
      for (const answer of answers) expect(answer).toMatchObject({ status: 'succeeded', value: { by: winner } });
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    }
  });

  test('of 24 callers of a fresh workflow one runs each phase and makes each call', async () => {
    const { once } = onceOver(driver, { waitMs: 20_000 });
    const calls: string[] = [];
    const order = workflow<{ tx: Tx; services: object }>('order.place')
      .transaction('reserve', async (tx) => await driver.write(tx, calls[0] ?? 'none', 'reserve'))
      .call('charge', { send: async ({ key }) => answered({ charged: calls.push(key) }) })
      .transaction('settle', async (_tx, { charge }) => ({ charged: charge.value.charged }));
    for (let round = 0; round < 5; round++) {
      const scope = aScope();
      calls.length = 0;
      const answers = await all(() => once.run(order, { scope, key: 'k', input: null }));
      for (const answer of answers) expect(answer).toMatchObject({ status: 'succeeded', value: { charged: 1 } });
      expect(calls).toHaveLength(1);
      expect(await fixture.record(scope)).toMatchObject({ state: 2, fence: 1, failed_tries: 0 });
    }
  });

  test('the same key in another scope or another operation is another operation', async () => {
    const { once } = onceOver(driver);
    const [mine, yours] = [aScope(), aScope()];
    for (const [scope, operation] of [
      [mine, 'order.create'],
      [yours, 'order.create'],
      [mine, 'order.cancel'],
    ] as const) {
      const answer = await once.transaction({ operation, scope, key: 'k', input: {} }, async (tx) => {
        await driver.write(tx, scope, operation);
        return operation;
      });
      expect(answer).toEqual({ status: 'succeeded', value: operation, replayed: false });
    }
    expect(await fixture.written(mine)).toEqual(['order.create', 'order.cancel']);
    expect(await fixture.written(yours)).toEqual(['order.create']);
  });

  test('(ab, c) and (a, bc) do not meet', async () => {
    const { once } = onceOver(driver);
    const scope = aScope();
    const run = (operation: string, key: string) =>
      once.transaction({ operation, scope, key, input: {} }, async () => `${operation} ${key}`);
    expect(await run('ab', 'c')).toMatchObject({ value: 'ab c', replayed: false });
    expect(await run('a', 'bc')).toMatchObject({ value: 'a bc', replayed: false });
  });
}

describe('over postgres.js', () => racesOver(fixture.driver()));
describe('over Drizzle', () => racesOver(fixture.viaDrizzle()));
