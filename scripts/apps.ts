import { join } from 'node:path';
import { nextBin, QUIET, WEB } from './build.ts';
import type { ShopDatabase } from './database.ts';
import { ROOT, type Settings } from './settings.ts';

/** In the order in which they start; they stop the other way round, so that each still finds what it needs. */
export const APPS = ['provider', 'lab', 'worker', 'web'] as const;
export type App = (typeof APPS)[number];

export interface AppCommand {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Answers 200 once it can work. */
  readonly readyUrl: string;
}

export interface AppsOptions extends Pick<Settings, 'dataDir' | 'ports' | 'publicUrl' | 'stripe'> {
  /** Of the laboratory. Undefined: there is none. */
  readonly labPort?: number | undefined;
  /** `development`: code is reloaded when it changes, and nothing is built. */
  readonly mode: 'production' | 'development';
  readonly env: NodeJS.ProcessEnv;
}

export const isLocal = ({ stripe }: Pick<Settings, 'stripe'>): boolean => stripe === undefined;

export const webUrlOf = ({ publicUrl, ports }: Pick<Settings, 'publicUrl' | 'ports'>): string =>
  publicUrl ?? `http://localhost:${ports.web}`;

/** @param instance what the app must say of itself when it is asked whether it is ready */
export function commandOf(app: App, options: AppsOptions, database: ShopDatabase, instance: string): AppCommand {
  const env = { ...envOf(options), ONCE_INSTANCE: instance };
  // The provider is the independent witness, and the laboratory has databases of its own: neither ever learns where the
  // shop's is.
  return app === 'provider' || app === 'lab'
    ? COMMANDS[app](options, env)
    : COMMANDS[app](options, { ...env, ...stripeEnv(options), ...options.env, DATABASE_URL: database.appUrls[app] });
}

const COMMANDS: Readonly<Record<App, (options: AppsOptions, env: NodeJS.ProcessEnv) => AppCommand>> = {
  provider: ({ ports, mode }, env) => ({
    ...fromSources(mode, env),
    cwd: join(ROOT, 'apps/provider'),
    readyUrl: `http://127.0.0.1:${ports.control}/healthz`,
  }),
  lab: ({ labPort = 0, mode }, env) => ({
    ...fromSources(mode, env, 'main.ts'),
    cwd: join(ROOT, 'lab'),
    readyUrl: `http://127.0.0.1:${labPort}/healthz`,
  }),
  worker: ({ ports, mode }, env) => ({
    ...fromSources(mode, env),
    cwd: join(ROOT, 'apps/worker'),
    readyUrl: `http://127.0.0.1:${ports.worker}/readyz`,
  }),
  web: ({ ports, mode }, env) => ({
    argv: [
      ...[
        process.execPath,
        ...(mode === 'development' ? [nextBin(), 'dev'] : [youngGeneration(8), nextBin(), 'start']),
      ],
      ...['-p', String(ports.web), '-H', '127.0.0.1'],
    ],
    cwd: WEB,
    env: { ...env, NODE_ENV: mode },
    readyUrl: `http://127.0.0.1:${ports.web}/readyz`,
  }),
};

/**
 * What Node made of our TypeScript stays on disk: else each start loads the compiler, and keeps it. Idle, with the young
 * generation of below, that is 113 MiB instead of 142 for the provider, 147 instead of 293 for the worker. Both have time to
 * collect more often and to share one arena of malloc: 115 instead of 195 to 202, and 130 instead of 163 to 166, after some
 * thousand purchases (docs/performance.md).
 */
const fromSources = (mode: AppsOptions['mode'], env: NodeJS.ProcessEnv, main = 'src/main.ts') => ({
  argv: [process.execPath, youngGeneration(2), '--heap-growing-percent=40', ...watch(mode), main],
  env: { ...env, NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/compiled'), MALLOC_ARENA_MAX: '1' },
});

/** Node's own would grow to 106 MB under load, nearly all of it empty, and never give any of it back. */
const youngGeneration = (mib: number) => `--max-semi-space-size=${mib}`;

const watch = (mode: AppsOptions['mode']) => (mode === 'development' ? ['--watch', '--watch-preserve-output'] : []);

/** What the local provider signs its events with. No secret: an event is only a hint, and whoever has one asks the provider. */
const LOCAL_WEBHOOK_SECRET = 'whsec_local';

function envOf({ dataDir, ports, labPort, publicUrl, stripe, env }: AppsOptions): NodeJS.ProcessEnv {
  const { DATABASE_URL: _ours, ...inherited } = process.env;
  return {
    ...inherited,
    ...QUIET,
    NODE_ENV: 'production',
    DATA_DIR: dataDir,
    PORT: String(ports.web),
    PROVIDER_PORT: String(ports.provider),
    PROVIDER_CONTROL_PORT: String(ports.control),
    WORKER_PORT: String(ports.worker),
    ...(labPort !== undefined && { LAB_PORT: String(labPort) }),
    PUBLIC_URL: webUrlOf({ publicUrl, ports }),
    ...(isLocal({ stripe }) && { STRIPE_WEBHOOK_SECRET: process.env['STRIPE_WEBHOOK_SECRET'] || LOCAL_WEBHOOK_SECRET }),
    ...env,
  };
}

function stripeEnv({ stripe, ports, labPort }: AppsOptions): NodeJS.ProcessEnv {
  if (!stripe) {
    return {
      STRIPE_API_BASE: `http://127.0.0.1:${ports.provider}`,
      STRIPE_SECRET_KEY: 'sk_test_local',
      ...(labPort !== undefined && { LAB_URL: `http://127.0.0.1:${labPort}` }),
    };
  }
  return { STRIPE_SECRET_KEY: stripe.secretKey, ...(stripe.apiBase && { STRIPE_API_BASE: stripe.apiBase }) };
}
