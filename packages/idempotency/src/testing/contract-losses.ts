// Connections and answers that are lost.
import assert from 'node:assert/strict';
import { answered } from '../answers.ts';
import { workflow } from '../workflow.ts';
import { type Cut, openLink } from './link.ts';
import { type Cases, gate, type Stage, thrownBy } from './stage.ts';

export const losses = <Tx>(): Cases<Tx> => ({
  'an operation whose connection is lost while it waits for something else runs again, and has one effect': async (
    stage,
  ) => {
    const over = await stage.open({ max: 1 });
    const late = gate();
    const zombieDone = gate();
    let runs = 0;
    const answer = await stage.once(over).transaction(stage.request(), async (tx) => {
      await stage.write(tx, `run ${++runs}`);
      if (runs > 1) return { runs };
      await kill(stage, tx);
      await late.passed; // hears nothing of the loss by itself
      await stage.write(tx, 'zombie').catch(() => {});
      zombieDone.open();
      return { runs };
    });
    assert.deepEqual(answer, { status: 'succeeded', value: { runs: 2 }, replayed: false });
    late.open();
    await zombieDone.passed;
    await over.database.query('select 1::text');
    assert.deepEqual(await stage.written(), ['run 2']);
  },

  'an operation that loses its connection in the middle of a statement runs again': async (stage) => {
    const over = await stage.open({ max: 1 });
    let runs = 0;
    const answer = await stage.once(over).transaction(stage.request(), async (tx) => {
      await stage.write(tx, `run ${++runs}`);
      if (runs === 1) await stage.execute(tx, 'select pg_terminate_backend(pg_backend_pid())::text', []);
      return { runs };
    });
    assert.deepEqual(answer, { status: 'succeeded', value: { runs: 2 }, replayed: false });
    assert.deepEqual(await stage.written(), ['run 2']);
  },

  'a handle that outlives its transaction sends nothing': async (stage) => {
    const over = await stage.open({ max: 1 });
    const kept = await over.database.transaction(async (tx) => {
      await stage.write(tx, 'in time');
      return { tx };
    });
    assert.ok((await thrownBy(Promise.resolve().then(() => stage.write(kept.tx, 'late')))) instanceof Error);
    await over.database.query('select 1::text');
    assert.deepEqual(await stage.written(), ['in time']);
  },

  'a statement outside a transaction survives the loss of the idle connection before it': async (stage) => {
    const over = await stage.open({ max: 1 });
    const [row] = await over.database.query('select pg_backend_pid()::text as pid');
    // Through a pooler it may be the one that asks for it.
    await stage
      .admin('select pg_terminate_backend($1::text::integer, 5000)::text', [row?.['pid'] ?? ''])
      .catch(() => {});
    const answer = await stage.once(over).transaction(stage.request(), async () => 'ran');
    assert.equal(answer.status, 'succeeded');
  },

  'while no database answers the caller is told to come back with the same key': async (stage) => {
    const nowhere = await stage.open({ url: 'postgres://postgres@127.0.0.1:1/nowhere', max: 1 });
    const refused = await thrownBy(stage.once(nowhere).transaction(stage.request(), async () => 1));
    assert.equal((refused as { code?: unknown }).code, 'IDEMPOTENCY_UNAVAILABLE');
    assert.equal((await thrownBy(stage.once(nowhere).find('contract.write', stage.request()))) instanceof Error, true);
  },

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

/** Ends the server process of a transaction, and waits until that is so. */
async function kill<Tx>({ admin, database }: Stage<Tx>, tx: Tx): Promise<void> {
  const [row] = await database.within(tx)('select pg_backend_pid()::text as pid');
  await admin('select pg_terminate_backend($1::text::integer, 5000)::text', [row?.['pid'] ?? '']);
}
