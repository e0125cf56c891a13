import type { Db } from '@once/db';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createAuth } from '#server/auth/auth.ts';
import { sessionCookieEnd } from '#server/auth/end-sessions.ts';
import { guestCookies } from '#server/guest.ts';

const SECRET = 'of-this-test-and-nobody-else-at-all';

/** As it would be set; nothing is asked of a database for that. */
async function cookieAt(publicUrl: string) {
  const guests = guestCookies(SECRET, publicUrl);
  const auth = createAuth({ db: {} as Db, cookieSecret: SECRET, publicUrl, guests, log: pino({ level: 'silent' }) });
  const { name, attributes } = (await auth.$context).authCookies.sessionToken;
  return { name, attributes };
}

test('the cookie of a session is bound to its host, and neither scripts nor other sites have it', async () => {
  const { name, attributes } = await cookieAt('https://once.example');
  expect(name).toBe('__Host-once_session');
  expect(attributes).toMatchObject({ secure: true, httpOnly: true, sameSite: 'lax', path: '/' });
  expect(attributes, '`__Host-` allows none').not.toHaveProperty('domain');
  expect(sessionCookieEnd('https://once.example')).toMatch(/^__Host-once_session=; .*; Secure$/);
});

test('without encryption, on this machine, it has a plain name', async () => {
  const { name, attributes } = await cookieAt('http://localhost:3000');
  expect([name, attributes]).toEqual([
    'once_session',
    expect.objectContaining({ secure: false, httpOnly: true, sameSite: 'lax' }),
  ]);
  expect(sessionCookieEnd('http://localhost:3000')).toMatch(/^once_session=; .*SameSite=Lax$/);
});
