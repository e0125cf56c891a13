import { readFileSync } from 'node:fs';
import type { Encryption } from '@once/idempotency';
import { keptSecret } from './kept-secret.ts';

// What web and worker are told in confidence. They must be told the same: one opens what the other has sealed.

export { KeptSecretError } from './kept-secret.ts';

/** The configuration is wrong. The message names the variable, never its value. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly code = 'SECRET_INVALID';
}

type Variables = Readonly<Record<string, string | undefined>>;

/** What may be given in a file, too. */
export const IN_FILES = [
  'DATABASE_URL',
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'COOKIE_SECRET',
  'RECORD_KEYS',
  'SMTP_URL',
  'METRICS_TOKEN',
] as const;

/**
 * With what stands in files: `STRIPE_SECRET_KEY_FILE` names the file that has `STRIPE_SECRET_KEY`, as the secrets of
 * containers and systemd credentials come.
 *
 * @throws {SecretError} a file cannot be read, or a secret is given twice
 */
export function withSecretFiles(variables: Variables): Variables {
  const found: Record<string, string> = {};
  for (const name of IN_FILES) {
    const path = variables[`${name}_FILE`];
    if (!path) continue;
    if (variables[name]) throw new SecretError(`${name}: is set, and ${name}_FILE too`);
    try {
      found[name] = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    } catch (cause) {
      throw new SecretError(`${name}_FILE: cannot be read`, { cause });
    }
  }
  return { ...variables, ...found };
}

/**
 * Refuses what everybody knows, and what each process would make for itself, where the shop is open to the world.
 *
 * @throws {SecretError}
 */
export function refuseDefaultSecrets(variables: Variables): void {
  if (!variables['PUBLIC_URL']?.startsWith('https://')) return;
  for (const name of ['COOKIE_SECRET', 'RECORD_KEYS'] as const) {
    if (!variables[name]) throw new SecretError(`${name}: needed where PUBLIC_URL is https`);
  }
  if (variables['STRIPE_API_BASE']) return; // the local provider takes no money, whoever knows its secrets
  for (const name of ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'] as const) {
    if (/_(local|test_local)\b/.test(variables[name] ?? '')) {
      throw new SecretError(`${name}: the local provider's own, which everybody knows`);
    }
  }
}

/** What signs cookies and links, where nothing else was said. @throws {KeptSecretError} */
export const keptCookieSecret = (dataDir: string): string =>
  keptSecret(dataDir, { file: 'cookie-secret', variable: 'COOKIE_SECRET' });

/**
 * The keys that seal what records hold: `<id>:<64 hexadecimal digits>`, the current one first, with commas between them.
 * Not given: one that is made once and kept in `dataDir`.
 *
 * @throws {SecretError} {KeptSecretError}
 */
export function recordEncryption(list: string | undefined, dataDir: string): Encryption {
  const given = list ?? `kept:${keptSecret(dataDir, { file: 'record-key', variable: 'RECORD_KEYS' })}`;
  const entries = given.split(',').map((entry) => /^([\w-]{1,32}):([0-9a-f]{64})$/i.exec(entry.trim()) ?? []);
  const keys = Object.fromEntries(entries.map(([, id, hex]) => [id, Buffer.from(hex ?? '', 'hex')]));
  const current = entries[0]?.[1];
  if (!current || entries.some(([whole]) => whole === undefined) || Object.keys(keys).length !== entries.length) {
    throw new SecretError('RECORD_KEYS: one or more <id>:<64 hexadecimal digits>, with commas between them');
  }
  return { current, keys };
}
