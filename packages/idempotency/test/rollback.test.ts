import { describe, expect, test } from 'vitest';
import { reject, workflow } from '../src/index.ts';
import { aScope, codeThrown, type Driver, onceOver, openFixture } from './fixture.ts';

const fixture = await openFixture();

class OutOfPaper extends Error {
  readonly code = 'OUT_OF_PAPER';
}

function rollsBackOver<Tx>(driver: Driver<Tx>) {
  const { once } = onceOver(driver);
  const request = (scope: string) => ({ operation: 'print', scope, key: 'k', input: {} });

  test('a throw undoes writes and key and passes through untouched; the same key may try again', async () => {
    const scope = aScope();
    const thrown = new OutOfPaper();
    const failing = once.transaction(request(scope), async (tx) => {
      await driver.write(tx, scope, 'lost');
      throw thrown;
    });
    await expect(failing).rejects.toBe(thrown);
    expect(await fixture.record(scope)).toBeUndefined();
    const again = await once.transaction(request(scope), async (tx) => {
      await driver.write(tx, scope, 'kept');
      return 'printed';
    });
    expect(again).toEqual({ status: 'succeeded', value: 'printed', replayed: false });
    expect(await fixture.written(scope)).toEqual(['kept']);
  });

  test('a throw in the first phase of a workflow stores nothing', async () => {
    const scope = aScope();
    let failing = true;
    const print = workflow<{ tx: Tx; services: object }>('print')
      .transaction('reserve', async (tx) => {
        await driver.write(tx, scope, failing ? 'lost' : 'kept');
        if (failing) throw new OutOfPaper();
      })
      .transaction('print', async () => 'printed');
    expect(await codeThrown(once.run(print, { scope, key: 'k', input: null }))).toBe('OUT_OF_PAPER');
    expect(await fixture.record(scope)).toBeUndefined();
    failing = false;
    expect(await once.run(print, { scope, key: 'k', input: null })).toMatchObject({
      value: 'printed',
      replayed: false,
    });
    expect(await fixture.written(scope)).toEqual(['kept']);
  });

  test('a rejection is stored with the writes of its phase', async () => {
    const scope = aScope();
    const run = () =>
      once.transaction(request(scope), async (tx) => {
        await driver.write(tx, scope, 'the refusal, for the books');
        return reject({ code: 'too_large' });
      });
    expect(await run()).toEqual({ status: 'rejected', reason: { code: 'too_large' }, replayed: false });
    expect(await run()).toEqual({ status: 'rejected', reason: { code: 'too_large' }, replayed: true });
    expect(await fixture.written(scope)).toEqual(['the refusal, for the books']);
    expect(await fixture.record(scope)).toMatchObject({ state: 3, outcome: '{"code":"too_large"}' });
  });

  test('a workflow that rejects in its first phase ends in that one commit', async () => {
    const scope = aScope();
    const print = workflow<{ tx: Tx; services: object }>('print')
      .transaction('reserve', async (tx) => {
        await driver.write(tx, scope, 'refused');
        return reject('closed');
      })
      .transaction('print', async () => 'printed');
    expect(await once.run(print, { scope, key: 'k', input: null })).toEqual({
      status: 'rejected',
      reason: 'closed',
      replayed: false,
    });
    expect(await once.run(print, { scope, key: 'k', input: null })).toMatchObject({
      status: 'rejected',
      replayed: true,
    });
    expect(await fixture.written(scope)).toEqual(['refused']);
  });

  test('a last statement that fails with COMMIT is no success', async () => {
    const scope = aScope();
    await fixture.admin`alter table idempotency.record drop constraint if exists no_forbidden_outcome`;
    await fixture.admin`alter table idempotency.record add constraint no_forbidden_outcome
      check (outcome <> '"forbidden"')`;
    const failing = once.transaction(request(scope), async (tx) => {
      await driver.write(tx, scope, 'lost');
      return 'forbidden';
    });
    expect(await codeThrown(failing)).toMatch(/^23514$|DrizzleQueryError/);
    expect(await fixture.record(scope)).toBeUndefined();
    expect(await fixture.written(scope)).toEqual([]);
  });

  test('what the body cannot commit (a deferred constraint) is thrown, and stores nothing', async () => {
    const scope = aScope();
    await fixture.admin`create table if not exists unique_late (n integer unique deferrable initially deferred)`;
    let runs = 0;
    const failing = once.transaction(request(scope), async (tx) => {
      runs++;
      await driver.write(tx, scope, 'lost');
      const query = driver.database.within(tx);
      for (const n of ['1', '1']) await query('insert into unique_late values ($1::text::integer)', [n]);
      return 1;
    });
    expect(await codeThrown(failing)).toBe('23505');
    expect(runs).toBe(1);
    expect(await fixture.record(scope)).toBeUndefined();
    expect(await fixture.written(scope)).toEqual([]);
  });
}

describe('over postgres.js', () => rollsBackOver(fixture.driver()));
describe('over Drizzle', () => rollsBackOver(fixture.viaDrizzle()));
