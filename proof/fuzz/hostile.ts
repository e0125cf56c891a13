import fc from 'fast-check';

// What nobody sends who means well, and what is one mistake away from it.

/** Texts that have broken parsers before, among any others. */
export const text = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...KNOWN) },
    fc.string({ maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
  );

const KNOWN = [
  ...[
    '',
    ' ',
    '\0',
    '\r\n',
    '%',
    '%00',
    '%ff',
    '%c0%ae',
    '..',
    '../../etc/passwd',
    '..%2f..',
    '//',
    '\\',
    '?',
    '#',
    '&',
    '=',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'null', 'undefined', 'NaN', 'true', '-0', '1e999', '0x10'],
  ...['9007199254740993', '-1', '2147483648', '1'.repeat(400), "' or 1=1 --", '"; drop table orders; --', '$1'],
  ...['<script>alert(1)</script>', '&amp;', '\ud800', '\udfff\ud800', '\u202e', '\ufeff', 'ﷺ', '🧑‍🤝‍🧑', 'ß', 'İ'],
  ...['a'.repeat(5_000), '[['.repeat(300), '{"a":'.repeat(300), '(a+)+$', ':*', "' | !", '\\:*', 'a & b', '<->'],
];

const value = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    text(),
    fc.jsonValue(),
    fc.double(),
    fc.maxSafeInteger(),
    fc.constantFrom(
      null,
      true,
      2 ** 53,
      -1,
      0.1,
      [],
      {},
      [[]],
      nested(40),
      Array.from({ length: 500 }, () => 0),
    ),
    fc.dictionary(text(), fc.jsonValue(), { maxKeys: 4 }),
  );

const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: [nested(levels - 1)] });

type Path = readonly string[];

/** A valid value with up to three mistakes in it: something else in a place, a place left out, or one too many. */
export const spoiled = (valid: unknown): fc.Arbitrary<unknown> => {
  const place = fc.constantFrom(...pathsOf(valid));
  const mistake = fc.oneof(
    { weight: 3, arbitrary: fc.record({ place, put: value() }) },
    fc.record({ place, put: fc.constant(undefined) }),
    fc.record({ place: fc.tuple(place, text()).map(([path, name]) => [...path, name]), put: value() }),
  );
  return fc
    .array(mistake, { maxLength: 3 })
    .map((mistakes) => mistakes.reduce<unknown>((whole, { place: path, put }) => replaced(whole, path, put), valid));
};

const pathsOf = (whole: unknown, path: Path = []): Path[] => [
  path,
  ...(isObject(whole) ? Object.entries(whole).flatMap(([name, part]) => pathsOf(part, [...path, name])) : []),
];

/** A copy with something else in that place; `undefined` leaves the place out where it is sent as JSON. */
function replaced(whole: unknown, [name, ...rest]: Path, put: unknown): unknown {
  if (name === undefined) return put;
  if (Array.isArray(whole))
    return whole.map((part, index) => (String(index) === name ? replaced(part, rest, put) : part));
  const entries = Object.entries(isObject(whole) ? whole : {}).filter(([other]) => other !== name);
  const before = isObject(whole) && Object.hasOwn(whole, name) ? whole[name] : undefined;
  // From entries, as `__proto__` must become a member of its own, as it does in JSON.
  return Object.fromEntries([...entries, [name, replaced(before, rest, put)]]);
}

const isObject = (whole: unknown): whole is Record<string, unknown> => typeof whole === 'object' && whole !== null;

/** A text with some of it lost, doubled or changed. */
export const garbled = (whole: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(Math.max(0, whole.length - 1)), fc.nat(8), fc.oneof(fc.constant(''), text()))
    .map(([from, length, put]) => `${whole.slice(0, from)}${put}${whole.slice(from + length)}`);
