import { expect, it } from 'vitest';
import { EnvError, readEnv } from '../src/env.ts';

const ENOUGH = { DATABASE_URL: 'postgres://127.0.0.1/once', STRIPE_API_BASE: 'http://127.0.0.1:4242' };

it('has a default for everything but the database and the provider', () => {
  expect(readEnv(ENOUGH)).toMatchObject({
    publicUrl: 'http://localhost:3000',
    port: 4244,
    host: '127.0.0.1',
    stripe: { secretKey: 'sk_test_local', apiBase: 'http://127.0.0.1:4242' },
    mail: { smtpUrl: undefined },
    leaseMs: undefined,
  });
});

it('takes an empty variable for one that is not set', () => {
  expect(readEnv({ ...ENOUGH, SMTP_URL: '', LEASE_MS: '', PUBLIC_URL: '' }).publicUrl).toBe('http://localhost:3000');
});

it.each([
  ['no database', { DATABASE_URL: undefined }, 'DATABASE_URL'],
  ['a database address that is none', { DATABASE_URL: 'mysql://secret@x' }, 'DATABASE_URL'],
  ['a mail server address that is none', { SMTP_URL: 'mail.example' }, 'SMTP_URL'],
  ['a lease that is no number', { LEASE_MS: 'soon' }, 'LEASE_MS'],
  ['a lease too short to finish anything in', { LEASE_MS: '10' }, 'LEASE_MS'],
  ['a port out of range', { WORKER_PORT: '70000' }, 'WORKER_PORT'],
  ['no provider at all', { STRIPE_API_BASE: undefined }, 'STRIPE_SECRET_KEY'],
])('refuses %s, and names the variable but not its value', (_, env, name) => {
  let refusal: unknown;
  try {
    readEnv({ ...ENOUGH, ...env });
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(EnvError);
  expect(String(refusal)).toContain(name);
  expect(String(refusal)).not.toContain('secret@');
});

it('kills itself at no point when a real provider is used', () => {
  const env = { DATABASE_URL: ENOUGH.DATABASE_URL, STRIPE_SECRET_KEY: 'sk_test_x', CRASH_AT: 'taken:receipt' };
  expect(readEnv(env).crashAt).toBeUndefined();
  expect(readEnv({ ...env, ...ENOUGH }).crashAt).toBe('taken:receipt');
});

it.each(['COOKIE_SECRET', 'RECORD_KEYS'])('does not start without %s where the shop is open to the world', (name) => {
  const open = {
    ...{ ...ENOUGH, PUBLIC_URL: 'https://once.example' },
    ...{ COOKIE_SECRET: 'c'.repeat(32), RECORD_KEYS: `a:${'0'.repeat(64)}` },
  };
  expect(readEnv(open).cookieSecret).toBe('c'.repeat(32));
  expect(() => readEnv({ ...open, [name]: '' })).toThrow(
    expect.objectContaining({ code: 'SECRET_INVALID', message: expect.stringMatching(`^${name}: `) }),
  );
});

it('refuses a secret that is too short to sign links with', () => {
  expect(() => readEnv({ ...ENOUGH, COOKIE_SECRET: 'short' })).toThrow(/^COOKIE_SECRET: /);
});
