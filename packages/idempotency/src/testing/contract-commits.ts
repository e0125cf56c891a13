// What is kept, what vanishes, and who hears of it.
import assert from 'node:assert/strict';
import { codeOf } from '../database.ts';
import { type Cases, type Stage, thrownBy } from './stage.ts';

export const commits = <Tx>(): Cases<Tx> => ({
  'a throw undoes key and writes and passes through untouched; the same key may try again': async (stage) => {
    const thrown = new RangeError('the body’s own');
    const failing = stage.once().transaction(stage.request(), async (tx) => {
      await stage.write(tx, 'lost');
      throw thrown;
    });
    assert.equal(await thrownBy(failing), thrown);
    const again = await stage.once().transaction(stage.request(), async (tx) => {
      await stage.write(tx, 'kept');
      return { n: 1 };
    });
    assert.deepEqual(again, { status: 'succeeded', value: { n: 1 }, replayed: false });
    assert.deepEqual(await stage.written(), ['kept']);
  },

  'four callers at once execute once and hear the same answer': async (stage) => {
    const callers = [stage.once(), stage.once(), stage.once(), stage.once()];
    const answers = await Promise.all(
      callers.map((once, caller) =>
        once.transaction(stage.request(), async (tx) => {
          await stage.write(tx, 'written');
          return { caller };
        }),
      ),
    );
    assert.deepEqual(await stage.written(), ['written']);
    assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
    assert.equal(new Set(answers.map((answer) => JSON.stringify({ ...answer, replayed: null }))).size, 1);
  },

  'a transaction is READ COMMITTED, and what it wrote is not seen before COMMIT': async (stage) => {
    await stage.database.transaction(async (tx, query) => {
      assert.deepEqual([...(await query('show transaction_isolation'))].map(Object.values), [['read committed']]);
      await stage.write(tx, 'written');
      assert.deepEqual(await stage.written(), []);
    });
    assert.deepEqual(await stage.written(), ['written']);
  },

  'a statement that failed unnoticed makes the transaction fail: COMMIT answers ROLLBACK': async (stage) => {
    const failing = stage.database.transaction(async (tx, query) => {
      await stage.write(tx, 'lost');
      await query('select 1 / 0').catch(() => {});
      return 'done';
    });
    assert.ok((await thrownBy(failing)) instanceof Error);
    assert.deepEqual(await stage.written(), []);
  },

  'a last statement that fails is no success': async (stage) => {
    const failing = stage.database.transaction(async (tx, _query, sendLast) => {
      await stage.write(tx, 'lost');
      await sendLast('select (1 / $1::text::integer)::text', ['0']);
      return 'done';
    });
    assert.equal(codeOf(await thrownBy(failing)), '22012');
    assert.deepEqual(await stage.written(), []);
    await stage.database.transaction(async (tx, _query, sendLast) => {
      await stage.write(tx, 'kept');
      await sendLast('select $1::text', ['1']);
    });
    assert.deepEqual(await stage.written(), ['kept']);
  },

  'what COMMIT refuses, a deferred constraint, is thrown with its SQLSTATE, and nothing runs again': async (stage) => {
    await stage.admin(
      'create table if not exists once_contract_unique (n integer unique deferrable initially deferred)',
    );
    let runs = 0;
    const failing = stage.once().transaction(stage.request(), async (tx) => {
      runs++;
      await stage.write(tx, 'lost');
      for (const n of ['1', '1']) {
        await stage.execute(tx, 'insert into once_contract_unique values ($1::text::integer)', [n]);
      }
      return 1;
    });
    assert.equal(codeOf(await thrownBy(failing)), '23505');
    assert.deepEqual([runs, await stage.written()], [1, []]);
  },

  ...Object.fromEntries(
    ['40001', '40P01'].map((sqlstate) => [
      `what the server has undone itself (${sqlstate}) runs again, not the caller`,
      async (stage: Stage<Tx>) => {
        let runs = 0;
        const answer = await stage.once().transaction(stage.request(), async (tx) => {
          await stage.write(tx, `run ${++runs}`);
          const raise = `do $$ begin raise exception 'undone' using errcode = '${sqlstate}'; end $$`;
          if (runs === 1) await stage.execute(tx, raise, []);
          return { runs };
        });
        assert.deepEqual(answer, { status: 'succeeded', value: { runs: 2 }, replayed: false });
        assert.deepEqual(await stage.written(), ['run 2']);
      },
    ]),
  ),
});
