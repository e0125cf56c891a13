// Bad input: canonicalised as RFC 8785 says, or refused before anything is sent. And scopes that never meet.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answered, workflow } from '../src/index.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, codeThrown, onceOver, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver({ max: 10, connection: { synchronous_commit: 'off' } });
const { once } = onceOver(driver);
const operation = 'order.create';
const transaction = (scope: string, input: unknown, key = 'k') =>
  once.transaction({ operation, scope, key, input: input as never }, async (tx) => {
    await driver.write(tx, scope, 'ran');
    return 'first';
  });

/** An input, and others that must count as the same and as another one. */
interface Case {
  readonly input: unknown;
  readonly same?: readonly unknown[];
  readonly other?: readonly unknown[];
}
const twice = { a: 1 };
const json = (text: string) => JSON.parse(text) as unknown;
const accepted: Record<string, Case> = {
  'the order of members': { input: { b: 1, a: 2 }, same: [{ a: 2, b: 1 }], other: [{ a: 1, b: 2 }] },
  'names that differ in case only': { input: { a: 1, A: 2 }, same: [{ A: 2, a: 1 }], other: [{ a: 2, A: 1 }] },
  '__proto__ as a member': {
    input: json('{"__proto__":{"admin":true}}'),
    other: [{}, json('{"__proto__":{"admin":false}}')],
  },
  'constructor and prototype as members': { input: json('{"constructor":1,"prototype":2}'), other: [{}] },
  'an integer beyond 2^53, as the double that it is': {
    input: json('9007199254740993'),
    same: [2 ** 53],
    other: [2 ** 53 + 2, '9007199254740993'],
  },
  'minus zero': { input: { n: -0 }, same: [{ n: 0 }], other: [{ n: 1 }] },
  'a number as text': { input: { n: 100 }, same: [{ n: 1e2 }], other: [{ n: '100' }] },
  'an undefined member': { input: { a: 1, b: undefined }, same: [{ a: 1 }], other: [{ a: 1, b: null }] },
  'undefined in a list': { input: [undefined], same: [[null]], other: [[]] },
  'no input': { input: undefined, same: [null], other: [{}, ''] },
  'a Date, as its text': { input: { at: new Date(0) }, same: [{ at: '1970-01-01T00:00:00.000Z' }], other: [{ at: 0 }] },
  'an object without a prototype': { input: Object.assign(Object.create(null), { a: 1 }), same: [{ a: 1 }] },
  'composed and decomposed letters': { input: 'é'.normalize('NFC'), other: ['é'.normalize('NFD')] },
  'a NUL, quotes and backslashes': { input: '\u0000"\\\'; drop table record; --', other: ['', '\\u0000'] },
  'an emoji and letters from right to left': { input: { '😀': '\u202eשלום' }, other: [{ '😀': 'שלום' }] },
  '1 MB of text': { input: { text: 'x'.repeat(1_000_000) }, other: [{ text: 'x'.repeat(999_999) }] },
  'an object twice side by side': { input: [twice, twice], same: [[{ a: 1 }, { a: 1 }]] },
};

test.each(Object.entries(accepted))('%s', async (_name, { input, same = [], other = [] }) => {
  const scope = aScope();
  expect(await transaction(scope, input)).toMatchObject({ value: 'first', replayed: false });
  for (const again of [input, ...same]) expect(await transaction(scope, again)).toMatchObject({ replayed: true });
  for (const another of other) {
    expect(await codeThrown(transaction(scope, another))).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
  }
  expect(await fixture.written(scope)).toEqual(['ran']);
});

class Money {
  readonly cents = 1;
}
const cycle: { self?: unknown } = {};
cycle.self = { around: [cycle] };
const deep = Array.from({ length: 200_000 }).reduce<unknown>((inner) => [inner], 0);
const refused: Record<string, unknown> = {
  NaN: { n: Number.NaN },
  infinity: [Number.NEGATIVE_INFINITY],
  'a bigint': { n: 1n },
  'a lone surrogate': { text: 'a\ud800' },
  'a lone surrogate as a name': { '\udc00': 1 },
  'a cycle': cycle,
  '200 000 levels': deep,
  'a Map': new Map([['a', 1]]),
  'a Set': [new Set()],
  'a function': { f: () => 1 },
  'a symbol': Symbol('s'),
  'an instance of a class': { price: new Money() },
  'an invalid Date': { at: new Date('no date') },
  'a member that throws': {
    get price() {
      throw new Error('no price');
    },
  },
};

test.each(Object.entries(refused))('%s is refused with a typed error, and nothing is stored', async (_name, input) => {
  const scope = aScope();
  const error = await transaction(scope, input).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'IDEMPOTENCY_INPUT_INVALID',
    facts: { operation, issues: [{ message: expect.any(String) }] },
  });
  expect(await fixture.record(scope)).toBeUndefined();
  expect(await fixture.written(scope)).toEqual([]);
});

test('an input that its operation changes is the one that was sent', async () => {
  const scope = aScope();
  const input = { lines: [1] };
  const run = () =>
    once.transaction({ operation, scope, key: 'k', input }, async () => {
      input.lines.push(2);
      return 1;
    });
  await run();
  expect(await codeThrown(run())).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH'); // it was changed, for its sender too
  expect(await transaction(scope, { lines: [1] })).toMatchObject({ replayed: true });
});

const hostile = [
  "';drop/**/table/**/idempotency.record;--",
  '{"a","b"}',
  '},{',
  '\\',
  '%s$1::text',
  '../../etc',
  '\\x00',
];

test.each(hostile)('%s is a key like any other, for callers and for workers', async (key) => {
  const scope = `${aScope()} ${key}`;
  expect(await transaction(scope, {}, key)).toMatchObject({ replayed: false });
  expect(await transaction(scope, {}, key)).toMatchObject({ replayed: true });
  const work = workflow<{ tx: PostgresTx; services: object }>('hostile')
    .transaction('begin', async () => 1)
    .call('call', { send: async ({ key: derived }) => answered(derived) })
    .transaction('end', async (_tx, { call }) => call.value);
  const dead = onceOver(driver, {
    at: async (point) => void (point === 'sending:call' && (await new Promise(() => {}))),
  });
  void dead.once.run(work, { scope, key, input: null });
  await expect.poll(async () => (await once.find(work, { scope, key }))?.state).toBe('in_flight');
  await fixture.makeDue(scope);
  await createWorker(once, [work]).runOnce();
  expect(await once.find(work, { scope, key })).toMatchObject({ state: 'succeeded', key, scope });
});

// Short and made of what separates parts, so that a careless join of them would meet again and again.
const part = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '.', '1', ','), minLength: 1, maxLength: 3 });
const name = part.map((text) => `o${text.replaceAll(',', '_')}`);
const tries = fc.array(fc.record({ scope: part, operation: name, key: part }), { minLength: 100, maxLength: 100 });

test('in 10 000 tries scopes, operations and keys never meet: everybody gets his own answer', async () => {
  const mark = aScope();
  const firsts = new Set<string>();
  let count = 0;
  const property = fc.asyncProperty(tries, async (batch) => {
    const answers = await Promise.all(
      batch.map(async ({ scope, operation: of, key }) => {
        const own = JSON.stringify([scope, of, key]);
        const request = { operation: of, scope: `${mark}${scope}`, key, input: null };
        return { own, answer: await once.transaction(request, async () => own) };
      }),
    );
    for (const { own, answer } of answers) {
      count++;
      expect(answer).toMatchObject({ status: 'succeeded', value: own });
      if (!answer.replayed) {
        expect(firsts).not.toContain(own); // each executes once
        firsts.add(own);
      }
    }
  });
  await fc.assert(property, { numRuns: 100, endOnFailure: true });
  expect(count).toBeGreaterThanOrEqual(10_000);
  const rows = await fixture.admin`select count(*)::int as n from idempotency.record where scope like ${`${mark}%`}`;
  expect(rows).toEqual([{ n: firsts.size }]);
  expect(firsts.size).toBeLessThan(count); // so some did come twice
}, 120_000);
