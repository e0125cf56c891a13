// PgBouncer in front of a Postgres, for tests: it pools by transaction, as a fleet of web processes needs it.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { LocalPostgresError, reason } from './errors.ts';
import { freePort } from './server.ts';
import { spawnTied } from './spawn.ts';

export interface PgBouncer {
  /** The same database through the pooler. It forgets prepared statements, so the address says `pgbouncer=true`. */
  readonly url: string;
  /** Ends it at once, as a crash would, or after it was asked politely. */
  stop(how?: 'SIGINT' | 'SIGKILL'): Promise<void>;
}

/** Undefined where PgBouncer is not installed; then it says so, so that nobody takes skipped tests for passed ones. */
export function pgBouncerVersion(): string | undefined {
  const { status, stdout } = spawnSync('pgbouncer', ['--version'], { encoding: 'utf8', env: withSbin() });
  if (status === 0) return /[\d.]+/.exec(stdout)?.[0];
  console.warn('SKIPPED: pgbouncer is not installed (apt-get install pgbouncer), so nothing is tested through it.');
  return undefined;
}

/** @param options.poolSize connections to the server at most @throws {LocalPostgresError} `POSTGRES_NOT_STARTED` */
export async function startPgBouncer(
  target: string,
  { port, poolSize = 20 }: { readonly port?: number; readonly poolSize?: number } = {},
): Promise<PgBouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'once-pgbouncer-'));
  const listenPort = await freePort(port);
  const config = join(folder, 'pgbouncer.ini');
  writeFileSync(config, configOf(new URL(target), listenPort, poolSize));
  for (const path of [folder, config]) chmodSync(path, 0o755);
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined; // never runs as root
  const child = spawnTied(programPath(), ['-q', config], { cwd: folder, user, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-2_000);
  });
  const exited = once(child, 'exit');
  const stop: PgBouncer['stop'] = async (how = 'SIGINT') => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(how);
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const url = new URL(target);
  url.host = `127.0.0.1:${listenPort}`;
  url.searchParams.set('pgbouncer', 'true');
  try {
    await untilAnswering(url.href);
  } catch (error) {
    await stop('SIGKILL');
    throw new LocalPostgresError('POSTGRES_NOT_STARTED', `PgBouncer does not answer: ${reason(error)} ${said}`, {
      cause: error,
    });
  }
  return { url: url.href, stop };
}

function configOf(target: URL, listenPort: number, poolSize: number): string {
  const { hostname, port, username, password } = target;
  return [
    '[databases]',
    `* = host=${hostname} port=${port} user=${username}${password && ` password=${decodeURIComponent(password)}`}`,
    '[pgbouncer]',
    'pool_mode = transaction',
    'auth_type = any', // for tests, on this machine alone
    'listen_addr = 127.0.0.1',
    `listen_port = ${listenPort}`,
    'unix_socket_dir =',
    `default_pool_size = ${poolSize}`,
    'max_client_conn = 500',
    'server_login_retry = 1', // seconds; 15 unless said, for which a database that is back would not be noticed
    '',
  ].join('\n');
}

async function untilAnswering(url: string): Promise<void> {
  const address = url.replace('pgbouncer=true', 'prepare=false');
  for (const deadline = Date.now() + 10_000; ; await sleep(50)) {
    const sql = postgres(address, { max: 1, fetch_types: false, connect_timeout: 2, onnotice: () => {} });
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}

/** Debian keeps it among the administrator's programs. */
const withSbin = () => ({ ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` });

function programPath(): string {
  return spawnSync('sh', ['-c', 'command -v pgbouncer'], { encoding: 'utf8', env: withSbin() }).stdout.trim();
}
