import { expect, test } from 'vitest';
import { EnvError, readEnv } from '#env.ts';
import { crashPoint } from '#server/crash-points.ts';
import { DEFAULT_RATES } from '#server/door/rates.ts';

const GIVEN = {
  DATABASE_URL: 'postgres://localhost/once',
  STRIPE_SECRET_KEY: 'sk_test_local',
  STRIPE_API_BASE: 'http://127.0.0.1:4242',
};
const OPEN_TO_THE_WORLD = {
  PUBLIC_URL: 'https://once.example',
  COOKIE_SECRET: 'c'.repeat(32),
  RECORD_KEYS: `k1:${'0f'.repeat(32)}`,
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
  expect(readEnv({ ...GIVEN, ...OPEN_TO_THE_WORLD, PUBLIC_URL: 'https://once.example/' }).publicUrl).toBe(
    'https://once.example',
  );
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
  ['TRUSTED_PROXIES', '-1'],
  ['RATE_LIMITS', 'pay=10'],
  ['RATE_LIMITS', 'pay.principal=10/60,refunds.principal=1/1'],
  ['MAX_PAYMENTS', '0'],
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
  expect(readEnv({ ...GIVEN, ...OPEN_TO_THE_WORLD, PUBLIC_URL: 'https://localhost' })).toMatchObject(nobody);
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

test('a rate that is said replaces that one alone', () => {
  const { rates } = readEnv({ ...GIVEN, RATE_LIMITS: 'pay.principal=7/60, badEvent.network=9/10' });
  expect(rates).toEqual({
    ...DEFAULT_RATES,
    pay: { ...DEFAULT_RATES.pay, principal: { times: 7, seconds: 60 } },
    badEvent: { ...DEFAULT_RATES.badEvent, network: { times: 9, seconds: 10 } },
  });
});

test.each([
  ['no secret of its cookies', { COOKIE_SECRET: '' }],
  ['no keys of its records', { RECORD_KEYS: undefined }],
  ['the webhook secret that everybody knows', { STRIPE_WEBHOOK_SECRET: 'whsec_local' }],
  ['the secret key that everybody knows', { STRIPE_SECRET_KEY: 'sk_test_local' }],
])('a shop that is open to the world does not start with %s', (_, wrong) => {
  const enough = { ...STRIPE_ITSELF, ...OPEN_TO_THE_WORLD, STRIPE_SECRET_KEY: 'sk_test_one' };
  expect(readEnv(enough).publicUrl).toBe('https://once.example');
  expect(() => readEnv({ ...enough, ...wrong })).toThrow(
    expect.objectContaining({ code: 'SECRET_INVALID', message: expect.stringMatching(`^${Object.keys(wrong)[0]}: `) }),
  );
});
