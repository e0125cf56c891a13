// What is kept, what vanishes, and who hears of it.
import assert from 'node:assert/strict';
import { answered } from '../answers.ts';
import { codeOf } from '../database.ts';
import { workflow } from '../workflow.ts';
import { type Cut, openLink } from './link.ts';
import { gate, type Stage, started, thrownBy } from './stage.ts';

type Cases<Tx> = Record<string, (stage: Stage<Tx>) => Promise<void>>;

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

  'within a transaction that the caller has opened, all of it commits or vanishes with theirs': async (stage) => {
    const add = (tx: Tx) =>
      stage
        .once()
        .within(tx)
        .transaction(stage.request(), async (joined) => {
          await stage.write(joined, 'written');
          return { n: 1 };
        });
    const undone = stage.transaction(async (tx) => {
      await add(tx);
      throw new RangeError('undone');
    });
    assert.ok((await thrownBy(undone)) instanceof RangeError);
    assert.deepEqual(await stage.written(), []);
    const first = await stage.transaction(add);
    assert.deepEqual(first, { status: 'succeeded', value: { n: 1 }, replayed: false });
    assert.deepEqual(await stage.transaction(add), { ...first, replayed: true });
    assert.deepEqual(await stage.written(), ['written']);
  },

  'within: a caller who catches a throw and commits keeps neither key nor writes, and their own lock_timeout': async (
    stage,
  ) => {
    const shown = await stage.transaction(async (tx) => {
      const query = stage.database.within(tx);
      await query("set local lock_timeout = '1234ms'");
      const failing = stage
        .once()
        .within(tx)
        .transaction(stage.request(), async () => {
          await stage.write(tx, 'half');
          throw new RangeError('no');
        });
      assert.ok((await thrownBy(failing)) instanceof RangeError);
      await stage.write(tx, 'the rest');
      return await query('show lock_timeout');
    });
    assert.deepEqual(shown.map(Object.values), [['1234ms']]);
    assert.deepEqual(await stage.written(), ['the rest']);
    assert.equal(await stage.once().find('contract.write', { scope: stage.scope, key: 'k' }), undefined);
  },

  'within: a rival that has not committed is waited for, and refused in time': async (stage) => {
    const held = gate();
    const end = gate();
    const add = (tx: Tx) =>
      stage
        .once()
        .within(tx)
        .transaction({ ...stage.request(), waitMs: 0 }, async () => 1);
    const rival = started(
      stage.transaction(async (tx) => {
        await add(tx);
        held.open();
        await end.passed;
      }),
    );
    await held.passed;
    const refused = await thrownBy(stage.transaction(add));
    end.open();
    await rival;
    assert.equal(codeOf(refused), 'IDEMPOTENCY_IN_FLIGHT');
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

  ...Object.fromEntries(
    (['before', 'after', 'during'] as const).map((cut) => [
      `a COMMIT that is lost ${lost[cut]} has one effect, and the caller hears the answer`,
      (stage: Stage<Tx>) => losesCommit(stage, cut),
    ]),
  ),
});

const lost: Record<Cut, string> = {
  before: 'before the server has it',
  after: 'after the server has it',
  during: 'while the server works on it',
};

/** Each commit of a workflow once, and that of a transaction. */
async function losesCommit<Tx>(stage: Stage<Tx>, cut: Cut): Promise<void> {
  const link = await openLink(stage.url);
  try {
    const over = await stage.open({ url: link.url, max: 2 });
    let armedAt: string | undefined;
    const at = (point: string) => {
      if (point !== armedAt) return;
      armedAt = undefined;
      link.arm(cut);
    };
    const once = stage.once(over, { at });
    const order = workflow<{ tx: Tx; services: object }>('contract.order')
      .transaction('reserve', (tx) => stage.write(tx, 'reserve'))
      .call('charge', { send: async () => answered(1) })
      .transaction('settle', (tx) => stage.write(tx, 'settle'));
    armedAt = 'committing:transaction';
    const single = await once.transaction(stage.request('single'), async (tx) => {
      await stage.write(tx, 'single');
      return 'written';
    });
    assert.deepEqual([single.status, await stage.written()], ['succeeded', ['single']]);
    for (const phase of ['reserve', 'settle']) {
      armedAt = `committing:${phase}`;
      const { status } = await once.run(order, { scope: stage.scope, key: phase, input: null });
      assert.equal(status, 'succeeded');
    }
    assert.deepEqual(await stage.written(), ['single', 'reserve', 'settle', 'reserve', 'settle']);
    assert.equal(link.cuts(), 3);
  } finally {
    link.close();
  }
}
