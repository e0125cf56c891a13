import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idempotencyKey } from '../../src/http.ts';
import { isIdempotencyError } from '../../src/index.ts';

const keyIn = (...fields: string[]): string => {
  const headers = new Headers();
  for (const field of fields) headers.append('idempotency-key', field);
  try {
    return idempotencyKey(headers);
  } catch (error) {
    return String((error as { code: unknown }).code);
  }
};
const invalid = 'IDEMPOTENCY_KEY_INVALID';

test.each([
  ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ['  "k"  ', 'k'],
  ['"a,b;c"', 'a,b;c'],
  [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
  ['"k";v=1', 'k'],
  ['"k"; a; b=?1;c="x;\\"y"; d=tok/en:1;e=:YQ==:;f=-1.5', 'k'],
  ['a+b/c==', 'a+b/c=='],
  ['~'.repeat(255), '~'.repeat(255)],
  [`"${'~'.repeat(255)}"`, '~'.repeat(255)],
])('%s names the key %s', (field, key) => {
  expect(keyIn(field)).toBe(key);
});

test.each([
  '',
  ' ',
  '"',
  '""',
  '"a',
  'a"',
  '"a" b',
  '"a"b',
  '"a", "b"',
  'a, b',
  'a,b',
  'a;v=1',
  'a b',
  String.raw`"a\b"`,
  String.raw`a\b`,
  '"a b"',
  '"ü"',
  'schlüssel',
  '"a";',
  '"a";A=1',
  '"a";a=',
  '"a";a=1.2345',
  '"a\u0001"',
  `"${'k'.repeat(256)}"`,
])('%j is no key', (field) => {
  expect(keyIn(field)).toBe(invalid);
});

test('a header that comes twice is refused, also with the same key twice', () => {
  for (const twice of [
    ['a', 'b'],
    ['a', 'a'],
    ['"a"', '"a"'],
    ['"a', 'b"'],
  ])
    expect(keyIn(...twice)).toBe(invalid);
  expect(keyIn()).toBe(invalid);
});

const visible = fc.stringMatching(/^[!-~]{1,255}$/);
const quoted = (key: string) => `"${key.replaceAll(/["\\]/g, '\\$&')}"`;

test('every key comes back from its quoted form, and from the bare one where it has one', () => {
  fc.assert(
    fc.property(visible, (key) => {
      expect(keyIn(quoted(key))).toBe(key);
      if (!/[",;\\]/.test(key)) expect(keyIn(key)).toBe(key);
    }),
  );
});

test('two quoted keys are equal only where the keys are', () => {
  fc.assert(
    fc.property(visible, visible, (a, b) => {
      expect(keyIn(quoted(a)) === keyIn(quoted(b))).toBe(a === b);
    }),
  );
});

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 400,
});
const nearly = fc
  .array(fc.constantFrom('"', '\\', ',', ';', ' ', 'a', '=', '?1', ':', 'é', '\t', '-1'), { maxLength: 40 })
  .map((parts) => parts.join(''));

test('whatever the header holds, the answer is a valid key or a refusal', () => {
  fc.assert(
    fc.property(fc.oneof(latin1, nearly), (field) => {
      expect(unchecked(field)).toMatch(/^[!-~]{1,255}$/);
    }),
    { numRuns: 2_000 },
  );
});

/** As a server may hand it over: not every one checks a field as `Headers` does. */
function unchecked(field: string): string {
  try {
    return idempotencyKey({ get: () => field });
  } catch (error) {
    if (!isIdempotencyError(error)) throw error;
    return error.code;
  }
}
