import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recordEncryption, withSecretFiles } from '../src/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'once-secrets-'));
const ONE = '01'.repeat(32);
const TWO = 'Fe'.repeat(32);

describe('a secret in a file', () => {
  const path = join(folder, 'stripe');
  writeFileSync(path, 'sk_test_of_a_file\n');

  test('is read from where its variable says, without the end of its line', () => {
    expect(withSecretFiles({ STRIPE_SECRET_KEY_FILE: path, PORT: '3000' })).toMatchObject({
      STRIPE_SECRET_KEY: 'sk_test_of_a_file',
      PORT: '3000',
    });
  });

  test('that is given as a variable too is refused: one of them is not what is meant', () => {
    const both = { STRIPE_SECRET_KEY_FILE: path, STRIPE_SECRET_KEY: 'sk_test_two' };
    expect(() => withSecretFiles(both)).toThrow(expect.objectContaining({ code: 'SECRET_INVALID' }));
  });

  test('that is not there is named by its variable', () => {
    expect(() => withSecretFiles({ COOKIE_SECRET_FILE: join(folder, 'nothing') })).toThrow(/^COOKIE_SECRET_FILE: /);
  });

  test('is not read for anything that is no secret', () => {
    expect(withSecretFiles({ LOG_LEVEL_FILE: path })).not.toHaveProperty('LOG_LEVEL');
  });
});

describe('the keys of records', () => {
  test('are those that are given, the first for what is new', () => {
    expect(recordEncryption(`b:${TWO}, a:${ONE}`, folder)).toEqual({
      current: 'b',
      keys: { a: Buffer.from(ONE, 'hex'), b: Buffer.from(TWO, 'hex') },
    });
  });

  test('are made once and kept where none are given', () => {
    const made = recordEncryption(undefined, folder);
    expect(recordEncryption(undefined, folder)).toEqual(made);
    expect(made.keys[made.current]?.toString()).toBe(
      Buffer.from(readFileSync(join(folder, 'record-key'), 'utf8'), 'hex').toString(),
    );
  });

  test.each(['', ONE, `a:${ONE.slice(2)}`, `a:${ONE},`, `a:${ONE},a:${TWO}`, `a b:${ONE}`, `a:${ONE} b:${TWO}`])(
    'are refused without their value: %s',
    (list) => {
      expect(() => recordEncryption(list, folder)).toThrow(/^RECORD_KEYS: one or more <id>/);
    },
  );
});
