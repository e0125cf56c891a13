import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../src/canonical.ts';
import { derivedKey, fingerprintOf, recordId } from '../src/identity.ts';

describe('canonical JSON', () => {
  test.each([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ a: 1, A: 2 }, '{"A":2,"a":1}'],
    [[1, undefined, null], '[1,null,null]'],
    [{ a: undefined }, '{}'],
    [-0, '0'],
    [1e21, '1e+21'],
    [2 ** 53 + 2, '9007199254740994'],
    ['\u2028"\\', '"\u2028\\"\\\\"'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
    // RFC 8785's own example of the order of names.
    [
      { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 },
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}',
    ],
  ])('of %j is %s', (value, text) => expect(canonical(value)).toBe(text));

  const shuffled = (value: fc.JsonValue): fc.JsonValue => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(shuffled);
    const members = Object.entries(value).reverse();
    return Object.defineProperties(
      {},
      Object.fromEntries(
        members.map(([name, member]) => [name, { value: shuffled(member ?? null), enumerable: true }]),
      ),
    ) as fc.JsonValue;
  };

  test('does not depend on the order of members', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => canonical(shuffled(value)) === canonical(value)));
  });

  test('reads back as the value, and two values have one text only if they are equal', () => {
    const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(JSON.parse(canonical(a))).toEqual(plain(a));
        expect(canonical(canonical(a) === canonical(b) ? JSON.parse(canonical(b)) : a)).toBe(canonical(a));
        const equal = fc.stringify(plain(JSON.parse(canonical(a)))) === fc.stringify(plain(JSON.parse(canonical(b))));
        expect(canonical(a) === canonical(b)).toBe(equal);
      }),
    );
  });

  class Money {
    readonly cents = 1;
  }
  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1n, Symbol('s'), () => 1, new Map(), new Set(), new Money(), /x/])(
    'refuses %s, which JSON cannot hold',
    (value) => {
      expect(() => canonical({ value })).toThrow(TypeError);
    },
  );
});

describe('identity', () => {
  const of = (scope: string, operation: string, key: string) => ({ scope, operation, key });

  test('the id of a record, its fingerprint and its derived key never change', () => {
    const identity = of('user:1', 'order.place', 'k');
    expect(recordId(identity)).toBe('7132cce7-bca4-1cbe-6344-d1232e4a29b6');
    expect(fingerprintOf(identity, '{"a":1}')).toBe('efb556ee1124e6429ac07240479fee54586050067d9e7d41fc61c0f66e29c6e6');
    expect(derivedKey(identity, 'charge')).toBe('once_wDU3XTg8d6TiGubruZppcLbJJiN-PikP8AdlIb6dzeU');
  });

  test('a key that begins with a UUIDv7 leads the id with its time, whatever its case and suffix', () => {
    const v7 = '019a8f3c-7d2e-7abc-8def-0123456789ab';
    expect(recordId(of('s', 'o', `${v7}.0`)).slice(0, 13)).toBe('019a8f3c-7d2e');
    expect(recordId(of('s', 'o', `${v7.toUpperCase()}.0`)).slice(0, 13)).toBe('019a8f3c-7d2e');
    expect(recordId(of('s', 'o', `${v7}.0`))).not.toBe(recordId(of('s', 'o', `${v7}.1`)));
    expect(recordId(of('s', 'o', '019a8f3c-7d2e-4abc-8def-0123456789ab')).slice(0, 13)).not.toBe('019a8f3c-7d2e');
  });

  test('differs as soon as one part differs, wherever the parts are cut', () => {
    const part = fc.string({ minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(recordId(of(...a)) === recordId(of(...b))).toBe(same);
        expect(fingerprintOf(of(...a), 'null') === fingerprintOf(of(...b), 'null')).toBe(same);
      }),
    );
  });
});
