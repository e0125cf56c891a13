import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { cookieValue, guestCookies } from '#server/guest.ts';
import { guestSecret } from '#server/guest-secret.ts';

const SECRET = 'a secret of the test, long enough';
const here = guestCookies(SECRET, 'http://localhost:3000');
const cookieOf = (setCookie: string, name: string) => cookieValue(setCookie.split(';')[0] ?? '', name) ?? '';

test('a guest is known again by their cookie', () => {
  const { cartId, setCookie } = here.create();
  expect(here.read(cookieOf(setCookie, 'once_guest'))).toBe(cartId);
  expect(here.create().cartId).not.toBe(cartId);
});

test('where the shop is encrypted, the cookie is bound to its host and never sent in the clear', () => {
  const secure = guestCookies(SECRET, 'https://once.example');
  expect(secure.create().setCookie).toMatch(/^__Host-once_guest=.*; Path=\/; .*HttpOnly; SameSite=Lax; Secure$/);
  expect(here.create().setCookie).not.toContain('Secure');
});

test('a cookie that was changed in any place, or signed with another secret, is nobody’s', () => {
  const value = cookieOf(here.create().setCookie, 'once_guest');
  // The last digit of base64url carries two bits that are not part of the signature; every other change must tell.
  const changed = Array.from(value.slice(0, -1), (digit, at) => {
    return value.slice(0, at) + (digit === '0' ? '1' : '0') + value.slice(at + 1);
  });
  expect(changed.filter((other) => here.read(other) !== null)).toEqual([]);
  expect(guestCookies('another secret, long enough too!', 'http://localhost').read(value)).toBeNull();
});

test.each([undefined, '', '.', 'x', `${crypto.randomUUID()}.`, `${'a'.repeat(5_000)}.b`, 'a.b.c', '\u0000.\u0000'])(
  'no cookie of ours: %j',
  (value) => {
    expect(here.read(value)).toBeNull();
  },
);

test('one more part in a cookie makes it nobody’s', () => {
  expect(here.read(`${cookieOf(here.create().setCookie, 'once_guest')}.x`)).toBeNull();
});

test('the right cookie is found among others', () => {
  expect(cookieValue('a=1; once_guest=x=y; xonce_guest=2', 'once_guest')).toBe('x=y');
  expect(cookieValue('xonce_guest=2', 'once_guest')).toBeUndefined();
  expect(cookieValue(null, 'once_guest')).toBeUndefined();
});

test('the secret is made once, readable by its owner only, and is the same for all who ask at once', async () => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'once-secret-')), 'not', 'there', 'yet');
  const source = new URL('../src/server/guest-secret.ts', import.meta.url).href;
  const ask = `import('${source}').then(({ guestSecret }) => require('node:worker_threads').parentPort.postMessage(guestSecret(${JSON.stringify(dataDir)})))`;
  const secrets = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const worker = new Worker(ask, { eval: true });
      return await new Promise<string>((resolve, reject) => worker.once('message', resolve).once('error', reject));
    }),
  );
  const file = join(dataDir, 'cookie-secret');
  expect(new Set([...secrets, readFileSync(file, 'utf8'), guestSecret(dataDir)]).size).toBe(1);
  expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir), 'no drafts are left').toEqual(['cookie-secret']);
});

test('a folder where the secret can be neither read nor made is named, with what helps', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'once-secret-')), 'file');
  writeFileSync(file, '');
  expect(() => guestSecret(join(file, 'data'))).toThrow(
    expect.objectContaining({
      code: 'GUEST_SECRET',
      message: expect.stringMatching(/^DATA_DIR .*\/file\/data: .*ENOTDIR.* set COOKIE_SECRET$/),
    }),
  );
});
