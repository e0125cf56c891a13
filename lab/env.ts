import { join, resolve } from 'node:path';
import { LabError } from './errors.ts';

export interface Env {
  readonly port: number;
  /** Of the laboratory alone: its clusters, its logs and the runs that it keeps. */
  readonly dataDir: string;
  readonly providerUrl: string;
  readonly controlUrl: string;
  readonly instance: string | undefined;
}

/** @throws {LabError} `ENV_INVALID` */
export function readEnv(env: NodeJS.ProcessEnv): Env {
  const url = (name: string) => `http://127.0.0.1:${portIn(env, name)}`;
  return {
    port: portIn(env, 'LAB_PORT'),
    dataDir: join(resolve(env['DATA_DIR'] ?? '.data'), 'lab'),
    providerUrl: url('PROVIDER_PORT'),
    controlUrl: url('PROVIDER_CONTROL_PORT'),
    instance: env['ONCE_INSTANCE'],
  };
}

function portIn(env: NodeJS.ProcessEnv, name: string): number {
  const port = Number(env[name]);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new LabError('ENV_INVALID', `${name} must be a port`);
  return port;
}
