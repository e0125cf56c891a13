// The three levels that a role, a database or a client may have set: none of them may show in an answer.
import { describe, expect, test } from 'vitest';
import { answered, workflow } from '../src/index.ts';
import { aScope, onceOver, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();

describe.each(['read committed', 'repeatable read', 'serializable'] as const)('by default %s', (level) => {
  const driver = fixture.driver({ connection: { default_transaction_isolation: level } });
  const { once } = onceOver(driver, { waitMs: 20_000 });

  test('the level is what the sessions have', async () => {
    expect(await driver.sql`show default_transaction_isolation`).toMatchObject([
      { default_transaction_isolation: level },
    ]);
  });

  test('of 12 callers of a fresh key one executes, and all get its answer', async () => {
    const scope = aScope();
    const run = () =>
      once.transaction({ operation: 'order.create', scope, key: 'k', input: null }, async (tx) => {
        await driver.write(tx, scope, 'ran');
        return scope;
      });
    for (const answer of await Promise.all(Array.from({ length: 12 }, run)))
      expect(answer).toMatchObject({ value: scope });
    expect(await fixture.written(scope)).toEqual(['ran']);
  });

  test('of 12 callers of an abandoned workflow one takes over, and all get its answer', async () => {
    const scope = aScope();
    const work = workflow<{ tx: PostgresTx; services: object }>('order.place')
      .transaction('begin', async (tx) => await driver.write(tx, scope, 'begin'))
      .call('call', { send: async () => answered(1), lookup: async () => answered(1) })
      .transaction('end', async (tx) => {
        await driver.write(tx, scope, 'end');
        return scope;
      });
    const request = { scope, key: 'k', input: null };
    const dead = onceOver(driver, {
      at: async (point) => void (point === 'sending:call' && (await new Promise(() => {}))),
    });
    void dead.once.run(work, request);
    await expect.poll(async () => (await once.find(work, request))?.state).toBe('in_flight');
    await fixture.makeDue(scope);
    const answers = await Promise.all(Array.from({ length: 12 }, () => once.run(work, request)));
    for (const answer of answers) expect(answer).toMatchObject({ status: 'succeeded', value: scope });
    expect(await fixture.written(scope)).toEqual(['begin', 'end']);
    expect(await fixture.record(scope)).toMatchObject({ fence: 2 });
  });

  test('inside transactions that callers have opened, one of 8 executes; whoever the level undoes runs again', async () => {
    const scope = aScope();
    const join = async (): Promise<unknown> => {
      const joined = driver.database.transaction(
        async (tx) =>
          await once.within(tx).transaction({ operation: 'order.create', scope, key: 'k', input: null }, async () => {
            await driver.write(tx, scope, 'ran');
            return scope;
          }),
      );
      return await joined.catch(async (error: { code?: string }) => {
        if (error.code !== '40001') throw error;
        return await join(); // the transaction is theirs, so is running it again
      });
    };
    const answers = await Promise.all(Array.from({ length: 8 }, join));
    for (const answer of answers) expect(answer).toMatchObject({ status: 'succeeded', value: scope });
    expect(await fixture.written(scope)).toEqual(['ran']);
  });
});
