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
  /** Signs links to receipts: the same as web's, or the same `dataDir`. */
  readonly cookieSecret: string | undefined;
  /** Whoever reads /metrics must know it; undefined: whoever reaches the port may. */
  readonly metricsToken: string | undefined;
  readonly host: string;
  readonly port: number;
  /** Undefined: as the library has it. */
  readonly leaseMs: number | undefined;
  /** Undefined: the database was not restored. */
  readonly restoredTo: Date | undefined;
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
  refuseDefaultSecrets(source);
  const parsed = Variables.safeParse(source);
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
    cookieSecret: env.COOKIE_SECRET,
    metricsToken: env.METRICS_TOKEN,
    host: env.WORKER_HOST,
    port: env.WORKER_PORT,
    leaseMs: env.LEASE_MS,
    restoredTo: env.RESTORED_TO,
    logLevel: env.LOG_LEVEL,
    instance: env.ONCE_INSTANCE,
    crashAt: env.STRIPE_API_BASE ? env.CRASH_AT : undefined,
  };
}

/** `SMTP_URL=` in a shell or a compose file means that there is none. */
const withoutEmpty = (source: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));

const port = z.coerce.number().int().min(0).max(65_535);

/** As docs/configuration.md is made from. */
export const Variables = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// address' })
    .describe(
      'Postgres, 15 to 18, or a PgBouncer in front of it. `?max=` is how many connections this process may open.',
    ),
  PORT: port.default(3000).describe('Of the web app, for links where `PUBLIC_URL` is left out.'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The shop as customers reach it: links in mails start with it.'),
  DATA_DIR: z.string().default('.data').describe('Where what is kept in files is kept.'),
  METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe('Who shows it as a bearer may read `/metrics`. Left out: whoever reaches `WORKER_HOST`.'),
  WORKER_HOST: z.string().default('127.0.0.1').describe('On which address health and figures are served.'),
  WORKER_PORT: port.default(4244).describe('Where health and figures are served.'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// address' })
    .optional()
    .describe('Where mails go. Left out: into files in `DATA_DIR/mail`.'),
  COOKIE_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe(
      'Signs the links to receipts in mails. Web and worker must be told the same. Left out: made once and kept in `DATA_DIR`.',
    ),
  RECORD_KEYS: z
    .string()
    .optional()
    .describe(
      'Seals what operations store: `<id>:<64 hexadecimal digits>`, the current one first, older ones after commas. Web and worker must be told the same. Left out: made once and kept in `DATA_DIR`.',
    ),
  STRIPE_API_BASE: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The local payment provider. Left out: Stripe itself.'),
  STRIPE_SECRET_KEY: z
    .string()
    .optional()
    .describe('Of the account at Stripe; may be left out with the local provider.'),
  LEASE_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .max(300_000)
    .optional()
    .describe(
      'How long an operation under way belongs to one process, in milliseconds. Web and worker must be told the same. Left out: 30000.',
    ),
  RESTORED_TO: z.iso
    .datetime({ offset: true })
    .transform((instant) => new Date(instant))
    .optional()
    .describe(
      'After a restore: the instant that the database was restored to, such as `2026-11-25T16:40:00Z`. Nothing is sold until a worker has compared all that was bought since then with the provider. Web and worker must be told the same; it may stay.',
    ),
  LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('info')
    .describe('From which level on something is logged.'),
  ONCE_INSTANCE: z.string().max(100).optional().describe('Echoed by the health pages as `x-once-instance`.'),
  CRASH_AT: z.string().optional().describe('Tests only: where this process kills itself.'),
});
