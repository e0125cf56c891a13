import { expect, test } from 'vitest';
import { z } from 'zod';
import { answered, workflow } from '../src/index.ts';
import { aScope, onceOver, openFixture, type PostgresTx } from './fixture.ts';
import { type Cut, openLink } from './link.ts';

const fixture = await openFixture();
const rounds = 8;

/** A driver over a link of its own, so that a cut hits this test's COMMIT. */
async function overLink() {
  const link = await openLink(fixture.url);
  return { link, driver: fixture.driver({ url: link.url, max: 2 }) };
}

// `before`: nothing was kept, so it runs twice. `after`: it was kept, so it runs once. `during`: either.
const runsOf: Record<Cut, (runs: number) => boolean> = {
  before: (runs) => runs === 2,
  after: (runs) => runs === 1,
  during: (runs) => runs === 1 || runs === 2,
};
const cuts = ['before', 'after', 'during'] as const;

test.each(cuts)('a transaction whose COMMIT is cut %s the server has it once, and the caller hears it', async (cut) => {
  const { link, driver } = await overLink();
  const { once, names } = onceOver(driver, {
    waitMs: 20_000,
    at: (point) => (point.startsWith('committing') && armed ? disarm() : undefined),
  });
  let armed = false;
  const disarm = () => {
    armed = false;
    link.arm(cut);
  };
  for (let round = 0; round < rounds; round++) {
    const scope = aScope();
    let runs = 0;
    armed = true;
    const answer = await once.transaction({ operation: 'order.create', scope, key: 'k', input: {} }, async (tx) => {
      runs++;
      await driver.write(tx, scope, 'order');
      return { round };
    });
    expect(answer).toMatchObject({ status: 'succeeded', value: { round } });
    expect(await fixture.written(scope)).toEqual(['order']);
    expect(runs).toSatisfy(runsOf[cut]);
  }
  expect(link.cuts()).toBe(rounds);
  expect(names().filter((name) => name === 'retried')).toHaveLength(rounds);
});

const phases = ['reserve', 'remember', 'settle'] as const;
const cases = phases.flatMap((phase) => cuts.map((cut) => [phase, cut] as const));

test.each(cases)(
  'a workflow whose COMMIT of %s is cut %s the server goes on by itself, each phase once',
  async (phase, cut) => {
    const { link, driver } = await overLink();
    let armed = false;
    const { once } = onceOver(driver, {
      waitMs: 20_000,
      at: (point) => {
        if (point !== `committing:${phase}` || !armed) return;
        armed = false;
        link.arm(cut);
      },
    });
    const runs: Record<string, number> = {};
    const noted = async (tx: PostgresTx, scope: string, note: string) => {
      runs[note] = (runs[note] ?? 0) + 1;
      await driver.write(tx, scope, note);
    };
    const keys: string[] = [];
    const pay = workflow<{ tx: PostgresTx; services: object }>('order.pay')
      .input(z.object({ scope: z.string() }))
      .transaction('reserve', async (tx, { input }) => await noted(tx, input.scope, 'reserve'))
      .call('intend', { send: async ({ key }) => answered(keys.push(key)) })
      .transaction('remember', async (tx, { input }) => await noted(tx, input.scope, 'remember'))
      .call('confirm', { send: async ({ key }) => answered(keys.push(key)) })
      .transaction('settle', async (tx, { input, confirm }) => {
        await noted(tx, input.scope, 'settle');
        return { calls: confirm.value };
      });
    for (let round = 0; round < rounds; round++) {
      const scope = aScope();
      for (const note of phases) runs[note] = 0;
      keys.length = 0;
      armed = true;
      const answer = await once.run(pay, { scope, key: 'k', input: { scope } });
      expect(answer).toMatchObject({ status: 'succeeded', value: { calls: 2 } });
      expect(await fixture.written(scope)).toEqual(phases);
      expect(await fixture.record(scope)).toMatchObject({ state: 2, fence: 1, outcome: '{"calls":2}' });
      expect(new Set(keys).size).toBe(2); // no call was sent twice
      expect(keys).toHaveLength(2);
      expect(runs[phase]).toSatisfy(runsOf[cut]);
    }
    expect(link.cuts()).toBe(rounds);
  },
);

test('a record that somebody has taken over while our COMMIT was undecided is theirs', async () => {
  const { link, driver } = await overLink();
  const scope = aScope();
  let cutAt: string | undefined = 'committing:settle';
  const { once } = onceOver(driver, {
    at: async (point) => {
      if (point !== cutAt) return;
      cutAt = undefined;
      link.arm('before');
    },
  });
  const pay = workflow<{ tx: PostgresTx; services: object }>('order.pay')
    .transaction('reserve', async (tx) => await driver.write(tx, scope, 'reserve'))
    .transaction('settle', async (tx) => {
      await driver.write(tx, scope, 'settle');
      // The taking, committed while we still work on the phase.
      await fixture.admin`update idempotency.record set fence = fence + 1, failed_tries = 1,
        due_at = statement_timestamp() + interval '1 minute' where scope = ${scope} and fence = 1`;
      return 'done';
    });
  const refusal = await once.run(pay, { scope, key: 'k', input: null, waitMs: 0 }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'IDEMPOTENCY_IN_FLIGHT' });
  expect(await fixture.written(scope)).toEqual(['reserve']);
  expect(await fixture.record(scope)).toMatchObject({ state: 0, fence: 2 });
});

test('while no database answers the caller is told to come back with the same key', async () => {
  const driver = fixture.driver({ url: 'postgres://postgres@127.0.0.1:1/nowhere', connect_timeout: 1 });
  const { once } = onceOver(driver);
  const request = { operation: 'order.create', scope: aScope(), key: 'k', input: {} };
  const unavailable = {
    code: 'IDEMPOTENCY_UNAVAILABLE',
    facts: { retryAfterMs: 1_000 },
    cause: { code: 'ECONNREFUSED' },
  };
  await expect(once.transaction(request, async () => 1)).rejects.toMatchObject(unavailable);
  await expect(once.find('order.create', request)).rejects.toMatchObject(unavailable);
});

test.each(['53100', '53200', '58030'])(
  'a server that is out of room (%s) is one that does not answer',
  async (code) => {
    const { once } = onceOver(fixture.driver());
    const scope = aScope();
    const request = { operation: 'order.create', scope, key: 'k', input: {} };
    const trigger = `full_${code}`;
    await fixture.admin.unsafe(`
    create function ${trigger}() returns trigger language plpgsql as
      $$ begin raise exception 'no room' using errcode = '${code}'; end $$;
    create trigger ${trigger} before insert on idempotency.record for each row when (new.scope = '${scope}')
      execute function ${trigger}()`);
    const unavailable = { code: 'IDEMPOTENCY_UNAVAILABLE', cause: { code } };
    await expect(once.transaction(request, async () => 1)).rejects.toMatchObject(unavailable);
    await fixture.admin.unsafe(`drop trigger ${trigger} on idempotency.record`);
    expect(await once.transaction(request, async () => 1)).toMatchObject({ status: 'succeeded', replayed: false });
  },
);

test('a serialization failure runs the transaction again, not the caller', async () => {
  const driver = fixture.driver({ connection: { default_transaction_isolation: 'serializable' } });
  const { once } = onceOver(driver, { waitMs: 20_000 });
  const scope = aScope();
  const run = () =>
    once.transaction({ operation: 'order.create', scope, key: 'k', input: {} }, async (tx) => {
      await driver.write(tx, scope, 'order');
      return 1;
    });
  const answers = await Promise.all(Array.from({ length: 12 }, run));
  for (const answer of answers) expect(answer).toMatchObject({ status: 'succeeded', value: 1 });
  expect(await fixture.written(scope)).toEqual(['order']);
});

test('what a body throws again and again is thrown as it is, also when it looks like a lost connection', async () => {
  const { once } = onceOver(fixture.driver());
  const thrown = Object.assign(new Error('the body’s own'), { code: 'ECONNRESET' });
  const failing = once.transaction({ operation: 'order.create', scope: aScope(), key: 'k', input: {} }, async () => {
    throw thrown;
  });
  await expect(failing).rejects.toBe(thrown);
});
