import { join, resolve } from 'node:path';
import { z } from 'zod';

const HOUR_MS = 3_600_000;

/** Everything the provider can be told from outside; read once, by main.ts. */
export interface Env {
  readonly apiPort: number;
  readonly controlPort: number;
  readonly dataDir: string;
  readonly databaseFile: string;
  readonly logLevel: string;
  /** Of each account; 0: no limit. */
  readonly requestsPerSecond: number;
  readonly settings: Settings;
  /** The endpoint that is there without being made; undefined: no secret was given for one. */
  readonly webhook: { readonly account: string; readonly url: string; readonly secret: string } | undefined;
}

/** What changes how requests are answered. */
export interface Settings {
  /** Origin of the shop: the bank's page of a payment that needs action is `<shopUrl>/test-bank/<intent>`. */
  readonly shopUrl: string;
  /** Mean time a request takes, ± half of it. Without it one synchronous process would never show a race. */
  readonly latencyMs: number;
  /** How long the bank behind `pm_local_slow` takes. */
  readonly slowBankMs: number;
  /** How long a confirmation token works; shorter than idempotency keys are kept, see tokens.ts. */
  readonly tokenLifetimeMs: number;
  /** Echoed by the health page, so that whoever started this process can tell it from another one on its port. */
  readonly instance: string | undefined;
  /** How long a refund takes that is not done at once, by the account's clock. */
  readonly refundMs: number;
  /** The pauses between the tries of a webhook; after the last one it has failed. */
  readonly webhookRetriesMs: readonly number[];
  /** How long an endpoint has to answer. */
  readonly webhookTimeoutMs: number;
}

export class EnvError extends Error {
  readonly code = 'PROVIDER_ENV';
}

/** @throws {EnvError} a variable is malformed; the message names each one. */
export function readEnv(source: Record<string, string | undefined>): Env {
  const parsed = Variables.safeParse(source);
  if (!parsed.success) {
    throw new EnvError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  }
  const env = parsed.data;
  const dataDir = resolve(env.DATA_DIR);
  const shopUrl = (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, '');
  return {
    apiPort: env.PROVIDER_PORT,
    controlPort: env.PROVIDER_CONTROL_PORT,
    dataDir,
    databaseFile: join(dataDir, 'provider.sqlite'),
    logLevel: env.LOG_LEVEL,
    requestsPerSecond: env.PROVIDER_REQUESTS_PER_SECOND,
    settings: {
      shopUrl,
      latencyMs: env.PROVIDER_LATENCY_MS,
      slowBankMs: env.LOCAL_SLOW_MS,
      tokenLifetimeMs: env.PROVIDER_TOKEN_LIFETIME_MS,
      instance: env.ONCE_INSTANCE,
      refundMs: env.PROVIDER_REFUND_MS,
      webhookRetriesMs: env.PROVIDER_WEBHOOK_RETRIES_MS,
      webhookTimeoutMs: env.PROVIDER_WEBHOOK_TIMEOUT_MS,
    },
    webhook:
      env.STRIPE_WEBHOOK_SECRET === undefined
        ? undefined
        : {
            account: (env.STRIPE_SECRET_KEY ?? 'sk_test_local').replace(/^sk_test_/, ''),
            url: env.PROVIDER_WEBHOOK_URL ?? `http://127.0.0.1:${env.PORT}/api/webhooks/stripe`,
            secret: env.STRIPE_WEBHOOK_SECRET,
          },
  };
}

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().min(0);

function emptyIsUnset<S extends z.ZodType<string>>(schema: S) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
}

/** As docs/configuration.md is made from. */
export const Variables = z.object({
  PROVIDER_PORT: port.default(4242).describe('Where it speaks Stripe’s API.'),
  PROVIDER_CONTROL_PORT: port.default(4243).describe('Its page, faults and ledger, for this machine alone.'),
  PORT: port.default(3000).describe('Of the shop, for what is left out below.'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The shop as browsers reach it: the bank’s page is there.'),
  DATA_DIR: z.string().min(1).default('.data').describe('Its book, `provider.sqlite`, is in there.'),
  LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('info')
    .describe('From which level on something is logged.'),
  ONCE_INSTANCE: z.string().max(100).optional().describe('Echoed by the health pages as `x-once-instance`.'),
  // The shop's, so that both can be told in one place.
  STRIPE_SECRET_KEY: emptyIsUnset(z.string().regex(/^sk_test_\w+$/, 'must be sk_test_ and a name')).describe(
    'The shop’s: names the account that events are sent for.',
  ),
  STRIPE_WEBHOOK_SECRET: emptyIsUnset(z.string()).describe('What events are signed with. Left out: none are sent.'),
  PROVIDER_WEBHOOK_URL: emptyIsUnset(z.url({ protocol: /^https?$/ })).describe(
    'Where events go. Left out: to the shop on `PORT`.',
  ),
  PROVIDER_WEBHOOK_RETRIES_MS: z
    .string()
    .regex(/^\d{1,8}(,\d{1,8}){0,15}$/, 'must be up to 16 numbers with commas between them')
    .default('1000,5000,30000,120000,600000')
    .transform((list) => list.split(',').map(Number))
    .describe('Pauses between the tries of an event, in milliseconds.'),
  PROVIDER_WEBHOOK_TIMEOUT_MS: milliseconds
    .min(100)
    .max(120_000)
    .default(10_000)
    .describe('How long the shop may take to answer an event.'),
  PROVIDER_REQUESTS_PER_SECOND: z.coerce
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(0)
    .describe('Of each account; more are answered 429. 0: no limit.'),
  PROVIDER_REFUND_MS: milliseconds
    .max(30 * 24 * HOUR_MS)
    .default(10_000)
    .describe('How long a refund takes that is not done at once.'),
  PROVIDER_LATENCY_MS: milliseconds.max(60_000).default(30).describe('Mean time that a request takes.'),
  LOCAL_SLOW_MS: milliseconds
    .max(600_000)
    .default(20_000)
    .describe('How long the bank behind the slow test card takes.'),
  PROVIDER_TOKEN_LIFETIME_MS: milliseconds
    .min(1_000)
    .max(23 * HOUR_MS, 'must end before idempotency keys are pruned (24 hours)')
    .default(12 * HOUR_MS)
    .describe('How long a confirmation token works.'),
});
