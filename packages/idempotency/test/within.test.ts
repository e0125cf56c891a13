import { describe, expect, test } from 'vitest';
import { reject } from '../src/index.ts';
import { aScope, codeThrown, type Driver, gate, onceOver, openFixture } from './fixture.ts';

const fixture = await openFixture();

function joinsOver<Tx>(driver: Driver<Tx>) {
  const { once } = onceOver(driver);
  const { database } = driver;
  const request = (scope: string, n = 1) => ({ operation: 'points.add', scope, key: 'k', input: { n } });
  const add = (tx: Tx, scope: string, n = 1) =>
    once.within(tx).transaction(request(scope, n), async (joined) => {
      expect(joined).toBe(tx);
      await driver.write(tx, scope, 'added');
      return { points: n };
    });

  test('key, writes and answer commit with the caller’s transaction', async () => {
    const scope = aScope();
    const first = await database.transaction((tx) => add(tx, scope));
    expect(first).toEqual({ status: 'succeeded', value: { points: 1 }, replayed: false });
    expect(await database.transaction((tx) => add(tx, scope))).toEqual({ ...first, replayed: true });
    expect(await once.transaction(request(scope), async () => ({ points: 9 }))).toEqual({ ...first, replayed: true });
    expect(await fixture.written(scope)).toEqual(['added']);
  });

  test('and vanish with it', async () => {
    const scope = aScope();
    const undone = database.transaction(async (tx) => {
      await add(tx, scope);
      throw new Error('undone');
    });
    await codeThrown(undone);
    expect(await fixture.record(scope)).toBeUndefined();
    expect(await fixture.written(scope)).toEqual([]);
    expect(await database.transaction((tx) => add(tx, scope))).toMatchObject({ replayed: false });
  });

  test('a caller who catches a throw and commits keeps neither key nor writes', async () => {
    const scope = aScope();
    await database.transaction(async (tx) => {
      const failing = once.within(tx).transaction(request(scope), async () => {
        await driver.write(tx, scope, 'half');
        throw new Error('no');
      });
      expect(await failing.catch((error: Error) => error.message)).toBe('no');
      await driver.write(tx, scope, 'the rest');
    });
    expect(await fixture.record(scope)).toBeUndefined();
    expect(await fixture.written(scope)).toEqual(['the rest']);
  });

  test('a rejection is kept, another input is refused, a second one in the same transaction replays', async () => {
    const scope = aScope();
    await database.transaction(async (tx) => {
      const no = () => once.within(tx).transaction(request(scope), async () => reject('closed'));
      expect(await no()).toEqual({ status: 'rejected', reason: 'closed', replayed: false });
      expect(await no()).toEqual({ status: 'rejected', reason: 'closed', replayed: true });
      expect(await codeThrown(add(tx, scope, 2))).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
    });
  });

  test('inside a phase of another operation it joins that one', async () => {
    const [outer, inner] = [aScope(), aScope()];
    await once.transaction({ operation: 'outer', scope: outer, key: 'k', input: {} }, async (tx) => {
      await add(tx, inner);
      return 1;
    });
    expect(await fixture.written(inner)).toEqual(['added']);
  });

  test('the caller’s own lock_timeout is as before', async () => {
    const shown = await database.transaction(async (tx) => {
      const query = database.within(tx);
      await query("set local lock_timeout = '1234ms'");
      await add(tx, aScope());
      return await query('show lock_timeout');
    });
    expect(shown).toMatchObject([{ lock_timeout: '1234ms' }]);
  });

  test('a rival that has not committed is waited for, and refused in time', async () => {
    const scope = aScope();
    const held = gate();
    const end = gate();
    const rival = database.transaction(async (tx) => {
      await add(tx, scope);
      held.open();
      await end.passed;
    });
    await held.passed;
    const refused = database.transaction((tx) =>
      once.within(tx).transaction({ ...request(scope), waitMs: 0 }, async () => 'never'),
    );
    expect(await codeThrown(refused)).toBe('IDEMPOTENCY_IN_FLIGHT');
    end.open();
    await rival;
  });
}

describe('over postgres.js', () => joinsOver(fixture.driver()));
describe('over Drizzle', () => joinsOver(fixture.viaDrizzle()));
