import { expect, test } from 'vitest';
import { EnvError, readEnv } from '#env.ts';
import { crashPoint } from '#server/crash-points.ts';

const GIVEN = {
  DATABASE_URL: 'postgres://localhost/once',
  STRIPE_SECRET_KEY: 'sk_test_local',
  STRIPE_API_BASE: 'http://127.0.0.1:4242',
};
const STRIPE_ITSELF = { ...GIVEN, STRIPE_API_BASE: undefined, STRIPE_PUBLISHABLE_KEY: 'pk_test_one' };

test('what is not said has its default', () => {
  expect(readEnv({ ...GIVEN, PUBLIC_URL: '', LEASE_MS: '' })).toMatchObject({
    publicUrl: 'http://localhost:3000',
    publishableKey: undefined,
    leaseMs: undefined,
    crashAt: undefined,
  });
  expect(readEnv({ ...GIVEN, PORT: '22001' }).publicUrl).toBe('http://localhost:22001');
  expect(readEnv({ ...GIVEN, PUBLIC_URL: 'https://once.example/' }).publicUrl).toBe('https://once.example');
});

test.each([
  ['DATABASE_URL', 'mysql://localhost/once'],
  ['PUBLIC_URL', 'once.example'],
  ['STRIPE_API_BASE', 'ftp://localhost'],
  ['STRIPE_PUBLISHABLE_KEY', 'sk_test_secret'],
  ['LEASE_MS', '12'],
  ['STRIPE_WEBHOOK_SECRET', 'whsec_one,sk_test_two'],
  ['PORT', 'many'],
  ['COOKIE_SECRET', 'short'],
  ['ADMIN_EMAILS', 'ada@example.org,bob'],
])('%s=%s is refused by name, without its value', (name, value) => {
  const read = () => readEnv({ ...GIVEN, [name]: value });
  expect(read).toThrow(EnvError);
  expect(read).toThrow(name);
  expect(read).not.toThrow(value);
});

test('staff are who is named; on this machine alone, with the local provider, an account for trying it', () => {
  const staff = { hasLocalStaff: true, adminEmails: ['staff@once.example'] };
  expect(readEnv(GIVEN)).toMatchObject(staff);
  expect(readEnv({ ...GIVEN, PUBLIC_URL: 'http://127.0.0.1:3000' })).toMatchObject(staff);
  const nobody = { hasLocalStaff: false, adminEmails: [] };
  expect(readEnv({ ...GIVEN, PUBLIC_URL: 'https://localhost' })).toMatchObject(nobody);
  expect(readEnv({ ...GIVEN, PUBLIC_URL: 'http://once.example' })).toMatchObject(nobody);
  expect(readEnv(STRIPE_ITSELF)).toMatchObject(nobody);
  expect(readEnv({ ...GIVEN, ADMIN_EMAILS: ' Ada@Example.org,bob@example.org' })).toMatchObject({
    hasLocalStaff: false,
    adminEmails: ['ada@example.org', 'bob@example.org'],
  });
});

test.each(['DATABASE_URL', 'STRIPE_SECRET_KEY'])('without %s nothing starts', (name) => {
  expect(() => readEnv({ ...GIVEN, [name]: undefined })).toThrow(name);
  expect(() => readEnv({ ...GIVEN, [name]: '' })).toThrow(name);
});

test('a process can be told to die only beside the local provider', () => {
  expect(crashPoint({ crashAt: 'committed:reserve', stripeApiBase: undefined })).toBeUndefined();
  expect(crashPoint({ crashAt: undefined, stripeApiBase: 'http://127.0.0.1:4242' })).toBeUndefined();
  const at = crashPoint({ crashAt: 'committed:reserve', stripeApiBase: 'http://127.0.0.1:4242' });
  expect(() => at?.('claimed'), 'at any other point it lives on').not.toThrow();
});

test('one variable switches to Stripe itself, whose card form needs a key that browsers may see', () => {
  expect(readEnv(STRIPE_ITSELF)).toMatchObject({ stripeApiBase: undefined, publishableKey: 'pk_test_one' });
  expect(readEnv({ ...STRIPE_ITSELF, STRIPE_API_BASE: '' }).publishableKey).toBe('pk_test_one');
  for (const missing of [undefined, '']) {
    expect(() => readEnv({ ...STRIPE_ITSELF, STRIPE_PUBLISHABLE_KEY: missing })).toThrow(
      /^STRIPE_PUBLISHABLE_KEY: needed/,
    );
  }
});

test('beside the local provider a publishable key is of no use, and no browser sees it', () => {
  expect(readEnv({ ...GIVEN, STRIPE_PUBLISHABLE_KEY: 'pk_test_one' }).publishableKey).toBeUndefined();
});

test.each([
  ['pk_live_one', 'sk_test_one'],
  ['pk_test_one', 'sk_live_one'],
  ['pk_test_one', 'rk_live_one'],
])('%s is not shown for payments that %s would make', (publishable, secret) => {
  const read = () => readEnv({ ...STRIPE_ITSELF, STRIPE_PUBLISHABLE_KEY: publishable, STRIPE_SECRET_KEY: secret });
  expect(read).toThrow(
    /^STRIPE_PUBLISHABLE_KEY: a (test|live) key beside a STRIPE_SECRET_KEY that is a (test|live) key$/,
  );
});

test('events may be signed with several secrets, while one is being changed for another', () => {
  expect(readEnv(GIVEN).webhookSecrets).toEqual([]);
  expect(readEnv({ ...GIVEN, STRIPE_WEBHOOK_SECRET: '' }).webhookSecrets).toEqual([]);
  expect(readEnv({ ...GIVEN, STRIPE_WEBHOOK_SECRET: 'whsec_new, whsec_old' }).webhookSecrets).toEqual([
    'whsec_new',
    'whsec_old',
  ]);
});
