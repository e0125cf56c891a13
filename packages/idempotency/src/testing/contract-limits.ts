// How long is waited, with how few connections, and what crosses them.
import assert from 'node:assert/strict';
import { answered } from '../answers.ts';
import { codeOf, stoppedWaiting } from '../database.ts';
import { workflow } from '../workflow.ts';
import { type Cases, eventually, gate, type Stage, somebodyWaits, started, thrownBy } from './stage.ts';

export const limits = <Tx>(): Cases<Tx> => ({
  'cancelAfterMs ends the wait for a rival, and nothing that comes after it on the connection': async (stage) => {
    const over = await stage.open({ max: 1 });
    await stopsWaiting(stage, async (key, turn) => {
      const refused = stage.once(over).transaction({ ...stage.request(key), waitMs: 0 }, async () => 'never');
      assert.equal(codeOf(await thrownBy(refused)), 'IDEMPOTENCY_IN_FLIGHT');
      const next = await stage.once(over).transaction(stage.request(`after-${turn}`), async (tx) => {
        await stage.execute(tx, 'select pg_sleep(0.02)::text', []); // a cancel that came late would end this one
        return 'ran';
      });
      assert.equal(next.status, 'succeeded');
    });
  },

  'cancelAfterMs answers with an SQLSTATE that means waiting was given up, inside the caller’s transaction too': async (
    stage,
  ) => {
    await stopsWaiting(stage, async (key) => {
      for (const within of [false, true]) {
        const waiting = stage.database.transaction(async (tx, query) => {
          const through = within ? stage.database.within(tx) : query;
          await through(lockNote, [stage.scope, key], { cancelAfterMs: 60 });
        });
        assert.equal(stoppedWaiting(await thrownBy(waiting)), true);
      }
    });
  },

  'the wait for a rival does not bound the locks of the body': async (stage) => {
    await stage.transaction((tx) => stage.write(tx, 'before'));
    const held = gate();
    const end = gate();
    const holder = started(
      stage.transaction(async (tx) => {
        await stage.execute(tx, lockNote, [stage.scope, 'before']);
        held.open();
        await end.passed;
      }),
    );
    await held.passed;
    const patient = started(
      stage.once().transaction({ ...stage.request(), waitMs: 0 }, async (tx) => {
        await stage.execute(tx, lockNote, [stage.scope, 'before']);
        return 'had its turn';
      }),
    );
    await eventually('the body waits', () => somebodyWaits(stage.admin));
    await stage.admin('select pg_sleep(0.6)::text');
    end.open();
    await holder;
    assert.equal((await patient).status, 'succeeded');
  },

  'a pool of one connection is enough for callers, duplicates and calls at once': async (stage) => {
    const over = await stage.open({ max: 1 });
    const once = stage.once(over);
    const order = workflow<{ tx: Tx; services: object }>('contract.order')
      .transaction('reserve', (tx) => stage.write(tx, 'reserve'))
      .call('charge', {
        send: async () => {
          await over.database.query('select 1::text'); // waits for ever if the connection were held
          return answered(1);
        },
      })
      .transaction('settle', (tx) => stage.write(tx, 'settle'));
    const answers = await Promise.all([
      ...[0, 1, 2, 0, 1, 2].map((n) => once.transaction(stage.request(`k${n}`), (tx) => stage.write(tx, `k${n}`))),
      ...[0, 0].map(() => once.run(order, { scope: stage.scope, key: 'order', input: null })),
    ]);
    assert.ok(answers.every(({ status }) => status === 'succeeded'));
    assert.equal(
      (await stage.written())
        .map(String)
        .sort((a, b) => a.localeCompare(b))
        .join(),
      'k0,k1,k2,reserve,settle',
    );
  },

  'parameters and results are text both ways, whatever the driver makes of their types': async (stage) => {
    const values = ['9223372036854775807', '\\xdeadbeef00', '2026-11-24 23:59:59.999999+00', 'true', '0.1', null];
    const ask = `select $1::text::bigint::text as a, $2::text::bytea::text as b,
      ($3::text::timestamptz at time zone 'utc')::text as c, $4::text::boolean::text as d,
      $5::text::numeric::text as e, $6::text as f`;
    const expected = ['9223372036854775807', '\\xdeadbeef00', '2026-11-24 23:59:59.999999', 'true', '0.1', null];
    const inside = await stage.database.transaction(async (tx, query) => [
      await query(ask, values),
      await stage.database.within(tx)(ask, values),
    ]);
    for (const rows of [await stage.database.query(ask, values), ...inside]) {
      assert.deepEqual(rows.map(Object.values), [expected]);
    }
  },

  'hostile text comes back as it went in, one megabyte of it too; NUL is refused': async (stage) => {
    const texts = ['', ' ', "'; drop table once_contract; --", '\\', '$1 $$ %s :a ?', '"', 'é\u2028😀', '{a,"b"}'];
    for (const text of [...texts, 'x'.repeat(1_000_000)]) {
      const request = { ...stage.request(`k${texts.indexOf(text)}`), input: { text } };
      const first = await stage.once().transaction(request, async () => ({ text }));
      const again = await stage.once().transaction(request, async () => ({ text: 'never' }));
      assert.deepEqual(first, { status: 'succeeded', value: { text }, replayed: false });
      assert.deepEqual(again, { ...first, replayed: true });
    }
    const nul = stage.database.query('select $1::text as text', ['a\0b']);
    assert.ok((await thrownBy(nul)) instanceof Error);
    assert.deepEqual([...(await stage.database.query('select $1::text as text', ['after']))], [{ text: 'after' }]);
  },
});

const lockNote = 'select 1 from once_contract where scope = $1::text and note = $2::text for update';

/** While somebody holds the record and the note of a key, uncommitted. */
async function stopsWaiting<Tx>(
  stage: Stage<Tx>,
  whatWaits: (key: string, turn: number) => Promise<void>,
): Promise<void> {
  const key = 'held';
  await stage.transaction((tx) => stage.write(tx, key));
  const held = gate();
  const end = gate();
  const first = started(
    stage.once().transaction(stage.request(key), async (tx) => {
      await stage.execute(tx, lockNote, [stage.scope, key]);
      held.open();
      await end.passed;
      return 1;
    }),
  );
  await held.passed;
  try {
    for (let turn = 0; turn < 3; turn++) await whatWaits(key, turn);
  } finally {
    end.open();
  }
  assert.equal((await first).status, 'succeeded');
}
