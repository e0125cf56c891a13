import { resolve } from 'node:path';
import { refuseDefaultSecrets, withSecretFiles } from '@once/checkout/secrets';
import { z } from 'zod';
import { DEFAULT_RATES, type Limit, type Rates } from '#server/door/rates.ts';

const address = z.url({ protocol: /^https?$/ });
const blankIsAbsent = (value: unknown) => (value === '' ? undefined : value);
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(blankIsAbsent, schema.optional());

/** As docs/configuration.md is made from. */
export const Variables = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// address')
    .describe(
      'Postgres, 15 to 18, or a PgBouncer in front of it. `?max=` is how many connections this process may open.',
    ),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000).describe('Where the web app listens.'),
  PUBLIC_URL: optional(address).describe(
    'The shop as browsers reach it. Left out: `http://localhost:<PORT>`. With https, cookies are `__Host-` ones and default secrets are refused.',
  ),
  STRIPE_SECRET_KEY: z.string().min(1).describe('Of the account at Stripe, or at the local provider.'),
  STRIPE_API_BASE: optional(address).describe('The local payment provider. Left out: Stripe itself.'),
  LAB_URL: optional(address).describe('Where the laboratory runs; beside the local provider only.'),
  STRIPE_WEBHOOK_SECRET: optional(z.string()).describe(
    'What events are signed with; several, with commas, while one is changed for another. Left out: no event is taken.',
  ),
  STRIPE_PUBLISHABLE_KEY: optional(z.string().regex(/^pk_(test|live)_./, 'must be a publishable key')).describe(
    'For the card form of Stripe; needed, in the same mode as the secret key, where `STRIPE_API_BASE` is left out.',
  ),
  LEASE_MS: optional(z.coerce.number().int().min(1_000).max(300_000)).describe(
    'How long an operation under way belongs to one process, in milliseconds. Web and worker must be told the same. Left out: 30000.',
  ),
  DATA_DIR: z.string().min(1).default('.data').describe('Where what is kept in files is kept.'),
  COOKIE_SECRET: optional(z.string().min(32)).describe(
    'Signs guests’ cookies, sessions and links to receipts. Web and worker must be told the same. Left out: made once and kept in `DATA_DIR`.',
  ),
  RECORD_KEYS: optional(z.string()).describe(
    'Seals what operations store: `<id>:<64 hexadecimal digits>`, the current one first, older ones after commas. Web and worker must be told the same. Left out: made once and kept in `DATA_DIR`.',
  ),
  TRUSTED_PROXIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('How many proxies of yours stand in front and append to X-Forwarded-For.'),
  RATE_LIMITS: optional(z.string()).describe(
    'What is said instead of the limits in [security.md](security.md), such as `pay.principal=100/60` for a hundred in sixty seconds, with commas between them.',
  ),
  MAX_REQUESTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(512)
    .describe('Requests to the API that are under way at once; the next one is answered 503.'),
  MAX_PAYMENTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(256)
    .describe('Payments that are under way at once, of those; the next one is answered 503.'),
  METRICS_TOKEN: optional(z.string().min(16)).describe(
    'Who shows it as a bearer may read `/metrics`. Left out: this machine alone.',
  ),
  ADMIN_EMAILS: optional(z.string()).describe(
    'Whose accounts may open /admin once their address is confirmed, with commas between them.',
  ),
  CRASH_AT: optional(z.string()).describe('Tests only: where this process kills itself.'),
  ONCE_INSTANCE: optional(z.string()).describe('Echoed by the health pages as `x-once-instance`.'),
  RESTORED_TO: optional(z.iso.datetime({ offset: true }).transform((instant) => new Date(instant))).describe(
    'After a restore: the instant that the database was restored to, such as `2026-11-25T16:40:00Z`. Nothing is sold until a worker has compared all that was bought since then with the provider. Web and worker must be told the same; it may stay.',
  ),
  LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('info')
    .describe('From which level on something is logged.'),
});

/** Of the account that `hasLocalStaff` is about. */
export const LOCAL_STAFF_EMAIL = 'staff@once.example';

/** What the shop is told from outside. */
export interface Env {
  readonly databaseUrl: string;
  /** Where browsers find the shop, without a slash at the end. */
  readonly publicUrl: string;
  readonly stripeSecretKey: string;
  /** Set: the local payment provider. Unset: Stripe itself. */
  readonly stripeApiBase: string | undefined;
  /** Of the laboratory, which there is beside the local provider only. */
  readonly labUrl: string | undefined;
  /** What browsers show Stripe's card form with. Set where, and only where, `stripeApiBase` is not. */
  readonly publishableKey: string | undefined;
  /** What events are signed with; several while one is being changed for another. None: no event is taken. */
  readonly webhookSecrets: readonly string[];
  readonly leaseMs: number | undefined;
  readonly dataDir: string;
  /** Signs the guest cookie; unset: one is made once and kept in `dataDir`. Processes behind one address must share it. */
  readonly cookieSecret: string | undefined;
  /** Seals what records hold; unset: a key is made once and kept in `dataDir`. The worker must be told the same. */
  readonly recordKeys: string | undefined;
  /** How many proxies of ours stand in front and append to X-Forwarded-For. */
  readonly trustedProxies: number;
  readonly rates: Rates;
  /** Requests to the API that are under way at once; the next one is answered 503. */
  readonly maxRequests: number;
  /** Of those, payments that were begun or gone on with. */
  readonly maxPayments: number;
  /** Whoever reads /metrics must know it; unset: on this machine alone whoever is there, else nobody. */
  readonly metricsToken: string | undefined;
  /** `publicUrl` names this machine, without encryption: nobody else is meant to come. */
  readonly isThisMachine: boolean;
  /** Whose accounts may open /admin, once they have confirmed the address. In small letters. */
  readonly adminEmails: readonly string[];
  /** This machine alone, with the local provider, and nobody said who is staff: an account for trying it is made. */
  readonly hasLocalStaff: boolean;
  /** Test runs only: the point at which this process kills itself. */
  readonly crashAt: string | undefined;
  /** Echoed by the health checks, so that whoever started this process knows that it is this one who answers. */
  readonly instance: string | undefined;
  /** What the database was restored to: nothing is sold until it was compared with the provider. Undefined: it was not. */
  readonly restoredTo: Date | undefined;
  readonly logLevel: string;
}

export class EnvError extends Error {
  override readonly name = 'EnvError';
  readonly code = 'ENV_INVALID';
}

/** @throws {EnvError} {SecretError} naming every variable that is missing or wrong, never its value */
export function readEnv(given: Readonly<Record<string, string | undefined>>): Env {
  const variables = withSecretFiles(given);
  refuseDefaultSecrets(variables);
  const read = Variables.safeParse(variables);
  if (!read.success) {
    const faults = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new EnvError(`the environment is not complete: ${faults.join('; ')}`);
  }
  const env = read.data;
  const publicUrl = (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, '');
  const hasLocalStaff = env.ADMIN_EMAILS === undefined && env.STRIPE_API_BASE !== undefined && isThisMachine(publicUrl);
  return {
    databaseUrl: env.DATABASE_URL,
    publicUrl,
    stripeSecretKey: env.STRIPE_SECRET_KEY,
    stripeApiBase: env.STRIPE_API_BASE,
    labUrl: env.STRIPE_API_BASE ? env.LAB_URL : undefined,
    publishableKey: publishableKeyOf(env),
    webhookSecrets: secretsOf(env.STRIPE_WEBHOOK_SECRET),
    leaseMs: env.LEASE_MS,
    dataDir: resolve(env.DATA_DIR),
    cookieSecret: env.COOKIE_SECRET,
    recordKeys: env.RECORD_KEYS,
    trustedProxies: env.TRUSTED_PROXIES,
    rates: ratesOf(env.RATE_LIMITS),
    maxRequests: env.MAX_REQUESTS,
    maxPayments: env.MAX_PAYMENTS,
    metricsToken: env.METRICS_TOKEN,
    isThisMachine: isThisMachine(publicUrl),
    adminEmails: hasLocalStaff ? [LOCAL_STAFF_EMAIL] : addressesOf(env.ADMIN_EMAILS),
    hasLocalStaff,
    crashAt: env.CRASH_AT,
    instance: env.ONCE_INSTANCE,
    restoredTo: env.RESTORED_TO,
    logLevel: env.LOG_LEVEL,
  };
}

/**
 * A form in test mode makes tokens that a live secret key does not know, and the other way round: every payment would be
 * refused, with the first shopper.
 */
function publishableKeyOf(env: z.infer<typeof Variables>): string | undefined {
  if (env.STRIPE_API_BASE !== undefined) return undefined;
  const publishableKey = env.STRIPE_PUBLISHABLE_KEY;
  if (!publishableKey) {
    throw new EnvError(
      'STRIPE_PUBLISHABLE_KEY: needed for the card form of Stripe, where STRIPE_API_BASE does not name a local provider',
    );
  }
  const [published, secret] = [publishableKey, env.STRIPE_SECRET_KEY].map(modeOf);
  // A secret key that is none is refused by what uses it, in words of its own.
  if (secret && published !== secret) {
    throw new EnvError(`STRIPE_PUBLISHABLE_KEY: a ${published} key beside a STRIPE_SECRET_KEY that is a ${secret} key`);
  }
  return publishableKey;
}

/** `pay.principal=100/60,pay.network=600/60`: so many in so many seconds. What is not said stays as it is. */
function ratesOf(list: string | undefined): Rates {
  const rates = structuredClone(DEFAULT_RATES);
  for (const entry of list?.split(',') ?? []) {
    const said = /^(pay|promotion|badEvent)\.(principal|network)=(\d{1,9})\/(\d{1,6})$/.exec(entry.trim());
    if (!said)
      throw new EnvError('RATE_LIMITS: <what>.<principal or network>=<times>/<seconds>, with commas between them');
    const [, what, kind, times, seconds] = said as unknown as [string, keyof Rates, keyof Limit, string, string];
    rates[what][kind] = { times: Number(times), seconds: Number(seconds) };
  }
  return rates;
}

function secretsOf(list: string | undefined): string[] {
  const secrets = (list ?? '').split(',').map((secret) => secret.trim());
  if (secrets.length === 1 && secrets[0] === '') return [];
  if (!secrets.every((secret) => /^whsec_\S+$/.test(secret))) {
    throw new EnvError('STRIPE_WEBHOOK_SECRET: one or more whsec_…, with commas between them');
  }
  return secrets;
}

function addressesOf(list: string | undefined): string[] {
  const addresses = (list ?? '').split(',').map((address) => address.trim().toLowerCase());
  if (addresses.length === 1 && addresses[0] === '') return [];
  if (!addresses.every((address) => z.email().safeParse(address).success)) {
    throw new EnvError('ADMIN_EMAILS: one or more e-mail addresses, with commas between them');
  }
  return addresses;
}

function isThisMachine(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

const modeOf = (key: string): string | undefined => /^(?:pk|sk|rk)_(test|live)_./.exec(key)?.[1];
