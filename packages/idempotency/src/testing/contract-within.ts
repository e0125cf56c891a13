// Joining a transaction that the caller has opened.
import assert from 'node:assert/strict';
import { codeOf } from '../database.ts';
import { type Cases, gate, started, thrownBy } from './stage.ts';

export const joining = <Tx>(): Cases<Tx> => ({
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
      await stage
        .once()
        .within(tx)
        .transaction(stage.request('kept'), async () => 1);
      assert.deepEqual((await query('show lock_timeout')).map(Object.values), [['1234ms']]);
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
});
