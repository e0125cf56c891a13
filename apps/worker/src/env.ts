import { join, resolve } from 'node:path';
import { refuseDefaultSecrets, withSecretFiles } from '@once/checkout/secrets';
import { z } from 'zod';

/** Everything the worker can be told from outside; read once, by main.ts. */
export interface Env {
  readonly databaseUrl: string;
  /** The shop as a customer reaches it, without a slash at its end. Links in mails start with it. */
  readonly publicUrl: string;
  readonly stripe: { readonly secretKey: string; readonly apiBase: string | undefined };
  readonly mail: {
    /** Where mails go; undefined: into files in `folder`. */
    readonly smtpUrl: string | undefined;
    readonly folder: string;
  };
  /** Opens what web has sealed: the same keys, or the same `dataDir`. */
  readonly recordKeys: string | undefined;
  readonly dataDir: string;
  /** Whoever reads /metrics must know it; undefined: whoever reaches the port may. */
  readonly metricsToken: string | undefined;
  readonly host: string;
  readonly port: number;
  /** Undefined: as the library has it. */
  readonly leaseMs: number | undefined;
  readonly logLevel: string;
  /** Echoed by the health page, so that whoever started this process can tell it from another one on its port. */
  readonly instance: string | undefined;
  /** Local provider only: the point at which this process kills itself. */
  readonly crashAt: string | undefined;
}

export class EnvError extends Error {
  override readonly name = 'EnvError';
  readonly code: 'WORKER_ENV';

  constructor(message: string) {
    super(message);
    this.code = 'WORKER_ENV';
  }
}

/** @throws {EnvError} {SecretError} a variable is missing or malformed; the message names each one and no value */
export function readEnv(given: Record<string, string | undefined>): Env {
  const source = withSecretFiles(withoutEmpty(given));
  refuseDefaultSecrets({ ...source, COOKIE_SECRET: 'only web has guests' });
  const parsed = variables.safeParse(source);
  if (!parsed.success) {
    throw new EnvError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  }
  const env = parsed.data;
  const secretKey = env.STRIPE_SECRET_KEY ?? (env.STRIPE_API_BASE ? 'sk_test_local' : undefined);
  if (!secretKey) throw new EnvError('STRIPE_SECRET_KEY: needed where STRIPE_API_BASE does not name a local provider');
  return {
    databaseUrl: env.DATABASE_URL,
    publicUrl: (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
    stripe: { secretKey, apiBase: env.STRIPE_API_BASE },
    mail: { smtpUrl: env.SMTP_URL, folder: join(resolve(env.DATA_DIR), 'mail') },
    recordKeys: env.RECORD_KEYS,
    dataDir: resolve(env.DATA_DIR),
    metricsToken: env.METRICS_TOKEN,
    host: env.WORKER_HOST,
    port: env.WORKER_PORT,
    leaseMs: env.LEASE_MS,
    logLevel: env.LOG_LEVEL,
    instance: env.ONCE_INSTANCE,
    crashAt: env.STRIPE_API_BASE ? env.CRASH_AT : undefined,
  };
}

/** `SMTP_URL=` in a shell or a compose file means that there is none. */
const withoutEmpty = (source: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));

const port = z.coerce.number().int().min(0).max(65_535);

const variables = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// address' }),
  PORT: port.default(3000),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  DATA_DIR: z.string().default('.data'),
  METRICS_TOKEN: z.string().min(16).optional(),
  WORKER_HOST: z.string().default('127.0.0.1'),
  WORKER_PORT: port.default(4244),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// address' }).optional(),
  RECORD_KEYS: z.string().optional(),
  STRIPE_API_BASE: z.url({ protocol: /^https?$/ }).optional(),
  STRIPE_SECRET_KEY: z.string().optional(),
  LEASE_MS: z.coerce.number().int().min(1_000).max(300_000).optional(),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  ONCE_INSTANCE: z.string().max(100).optional(),
  CRASH_AT: z.string().optional(),
});
