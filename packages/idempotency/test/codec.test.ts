// A codec of one's own: what JSON cannot hold is stored, replayed and compared.
import superjson from 'superjson';
import { expect, test } from 'vitest';
import { answered, type Codec, createOnce, reject, workflow } from '../src/index.ts';
import { crashAt } from '../src/testing.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, codeThrown, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const { database } = fixture.driver();
const once = createOnce({ database, codec: superjson });
type Rich = { tx: PostgresTx; services: object; storable: unknown };
const operation = 'order.create';

const rich = {
  at: new Date('2026-11-24T20:00:00.000Z'),
  total: 12_345_678_901_234_567_890n,
  seats: new Map([['a', new Set([1, 2])]]),
  nothing: undefined,
  odd: Number.NaN,
};

test.each([true, false])(
  'an outcome comes back as what it was, on the first run and on a replay (a yes: %s)',
  async (yes) => {
    const run = async (scope: string) =>
      await once.transaction({ operation, scope, key: 'k', input: null }, async () => (yes ? rich : reject(rich)));
    const scope = aScope();
    for (const replayed of [false, true]) {
      const answer = await run(scope);
      expect(answer.replayed).toBe(replayed);
      expect(answer.status === 'succeeded' ? answer.value : answer.reason).toEqual(rich);
    }
  },
);

test('so do input, results of phases and answers of calls, in another process too', async () => {
  const scope = aScope();
  const seen: unknown[] = [];
  const work = workflow<Rich>(`rich.${scope}`)
    .input({ '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as typeof rich }) } })
    .transaction('first', async (_tx, { input }) => ({ at: input.at }))
    .call('call', { send: async (_call, { first }) => answered({ next: new Date(first.at.getTime() + 1) }) })
    .transaction('second', async () => rich.seats)
    .transaction('last', async (_tx, known) => {
      seen.push(known);
      return { until: known.call.value.next };
    });
  const crash = crashAt('committed:second');
  void createOnce({ database, codec: superjson, at: crash.at }).run(work, { scope, key: 'k', input: rich });
  await crash.reached;
  await fixture.makeDue(scope);
  await createWorker(once, [work]).runOnce();
  expect(seen).toEqual([
    {
      input: rich,
      first: { at: rich.at },
      call: { status: 'answered', value: { next: new Date(rich.at.getTime() + 1) } },
      second: rich.seats,
    },
  ]);
  expect(await once.run(work, { scope, key: 'k', input: rich })).toMatchObject({
    value: { until: new Date(rich.at.getTime() + 1) },
    replayed: true,
  });
  expect(await once.find(work, { scope, key: 'k' })).toMatchObject({ input: rich, progress: { second: rich.seats } });
});

/** Whether the second input counts as the first one. */
async function isSame(first: unknown, second: unknown): Promise<boolean> {
  const scope = aScope();
  await once.transaction({ operation, scope, key: 'k', input: first }, async () => 1);
  const code = await codeThrown(once.transaction({ operation, scope, key: 'k', input: second }, async () => 2));
  return code === 'nothing was thrown';
}

test('inputs that JSON cannot hold are compared by what they are, whatever the order of their members', async () => {
  expect(await isSame({ a: 1n, b: new Date(0) }, { b: new Date(0), a: 1n })).toBe(true);
  expect(await isSame({ n: 1n }, { n: 2n })).toBe(false);
  expect(await isSame({ n: 1n }, { n: '1' })).toBe(false);
  expect(await isSame({ n: Number.NaN }, { n: null })).toBe(false);
  expect(await isSame(new Map([['a', 1]]), new Map([['a', 2]]))).toBe(false);
  expect(await isSame(new Map([['a', 1]]), {})).toBe(false);
  expect(await isSame({ n: 1n }, superjson.serialize({ n: 1n }))).toBe(false); // the codec's own form, sent as plain JSON
});

test('an input that JSON holds has the fingerprint that it has without a codec', async () => {
  const plain = createOnce({ database });
  const scope = aScope();
  const fingerprintOf = async () => (await fixture.record(scope))?.['fingerprint'];
  await plain.transaction({ operation, scope, key: 'k', input: { b: 1, a: [null] } }, async () => 1);
  const before = await fingerprintOf();
  await fixture.admin`delete from idempotency.record where scope = ${scope}`;
  await once.transaction({ operation, scope, key: 'k', input: { a: [null], b: 1 } }, async () => 1);
  expect(await fingerprintOf()).toEqual(before);
});

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
}

test.each([
  ['an instance that the codec would flatten', { price: new Money(1) }],
  ['a function', { n: 1n, f: () => 1 }],
  ['a name that pollutes prototypes', JSON.parse('{"__proto__":{"n":1}}')],
])('an input that would not come back as it was (%s) is refused', async (_name, input: unknown) => {
  const scope = aScope();
  const refused = once.transaction({ operation, scope, key: 'k', input }, async () => 1);
  expect(await codeThrown(refused)).toBe('IDEMPOTENCY_INPUT_INVALID');
  expect(await fixture.record(scope)).toBeUndefined();
});

const broken = {
  'a NUL': { stringify: () => 'a\0b', parse: () => 1 },
  'a lone surrogate': { stringify: () => '\ud800', parse: () => 1 },
  'a throw': {
    stringify: (): string => {
      throw new Error('no');
    },
    parse: () => 1,
  },
} satisfies Record<string, Codec<unknown>>;

test.each(Object.entries(broken))(
  'a codec whose text cannot be stored (%s) is refused before anything is kept',
  async (_name, codec) => {
    const scope = aScope();
    const { stringify, parse } = JSON;
    const only = { stringify: (value: unknown) => (value === null ? stringify(value) : codec.stringify()), parse };
    const run = createOnce({ database, codec: only }).transaction(
      { operation, scope, key: 'k', input: null },
      async () => ({ n: 1 }),
    );
    expect(await codeThrown(run)).toBe('IDEMPOTENCY_OUTCOME_INVALID');
    expect(await fixture.record(scope)).toBeUndefined();
  },
);

test('what the codec cannot read is unreadable, not executed again', async () => {
  const scope = aScope();
  await once.transaction({ operation, scope, key: 'k', input: null }, async () => rich);
  const other: Codec<unknown> = {
    stringify: JSON.stringify,
    parse: (text) => {
      if (text.includes('"meta"')) throw new SyntaxError('not mine');
      return JSON.parse(text);
    },
  };
  const run = createOnce({ database, codec: other }).transaction(
    { operation, scope, key: 'k', input: null },
    async () => 1,
  );
  expect(await codeThrown(run)).toBe('IDEMPOTENCY_UNREADABLE');
});
