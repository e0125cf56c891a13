import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StackError } from './errors.ts';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface Ports {
  readonly web: number;
  /** Stripe's API, as the shop speaks to it. */
  readonly provider: number;
  /** The provider's page, faults and ledger. */
  readonly control: number;
  readonly worker: number;
}

export interface Settings {
  /** Absolute. */
  readonly dataDir: string;
  readonly ports: Ports;
  /** Undefined: a Postgres of our own in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly publicUrl: string | undefined;
  /** Undefined: our own local provider. `apiBase` undefined in it: Stripe itself. */
  readonly stripe: { readonly secretKey: string; readonly apiBase: string | undefined } | undefined;
}

export const PORT_VARIABLES: Readonly<Record<keyof Ports, string>> = {
  web: 'PORT',
  provider: 'PROVIDER_PORT',
  control: 'PROVIDER_CONTROL_PORT',
  worker: 'WORKER_PORT',
};

const DEFAULT_PORTS: Ports = { web: 3000, provider: 4242, control: 4243, worker: 4244 };

/** @throws {StackError} `SETTING_INVALID` */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const port = (name: keyof Ports) => portOf(PORT_VARIABLES[name], env[PORT_VARIABLES[name]], DEFAULT_PORTS[name]);
  const secretKey = env['STRIPE_SECRET_KEY'] || undefined;
  const apiBase = env['STRIPE_API_BASE'] || undefined;
  return {
    dataDir: env['DATA_DIR'] ? resolve(env['DATA_DIR']) : join(ROOT, '.data'),
    ports: { web: port('web'), provider: port('provider'), control: port('control'), worker: port('worker') },
    databaseUrl: env['DATABASE_URL'] || undefined,
    publicUrl: env['PUBLIC_URL'] || undefined,
    stripe: secretKey || apiBase ? { secretKey: secretKey ?? 'sk_test_local', apiBase } : undefined,
  };
}

function portOf(name: string, value: string | undefined, otherwise: number): number {
  if (!value) return otherwise;
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StackError('SETTING_INVALID', `${name} must be a port between 1 and 65535, not "${value}".`);
  }
  return port;
}
