import { expect, test } from 'vitest';
import { cookieValue, guestCookies } from '#server/guest.ts';

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
