import { resolve } from 'node:path';
import { refuseDefaultSecrets, withSecretFiles } from '@once/checkout/secrets';
import { z } from 'zod';
import { DEFAULT_RATES, type Limit, type Rates } from '#server/door/rates.ts';

const address = z.url({ protocol: /^https?$/ });
const blankIsAbsent = (value: unknown) => (value === '' ? undefined : value);
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(blankIsAbsent, schema.optional());

const Variables = z.object({
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// address'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  PUBLIC_URL: optional(address),
  STRIPE_SECRET_KEY: z.string().min(1),
  STRIPE_API_BASE: optional(address),
  LAB_URL: optional(address),
  STRIPE_WEBHOOK_SECRET: optional(z.string()),
  STRIPE_PUBLISHABLE_KEY: optional(z.string().regex(/^pk_(test|live)_./, 'must be a publishable key')),
  LEASE_MS: optional(z.coerce.number().int().min(1_000).max(300_000)),
  DATA_DIR: z.string().min(1).default('.data'),
  COOKIE_SECRET: optional(z.string().min(32)),
  RECORD_KEYS: optional(z.string()),
  TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
  RATE_LIMITS: optional(z.string()),
  MAX_REQUESTS: z.coerce.number().int().min(1).max(100_000).default(512),
  MAX_PAYMENTS: z.coerce.number().int().min(1).max(100_000).default(256),
  METRICS_TOKEN: optional(z.string().min(16)),
  ADMIN_EMAILS: optional(z.string()),
  CRASH_AT: optional(z.string()),
  ONCE_INSTANCE: optional(z.string()),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
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
