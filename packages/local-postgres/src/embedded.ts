import { mkdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { findBinaries } from './binaries.ts';
import { clusterPassword, ensureCluster } from './cluster.ts';
import { errorCode, LocalPostgresError, reason } from './errors.ts';
import type { LocalPostgres } from './index.ts';
import { type Server, startOrAdopt } from './server.ts';
import { serverUser } from './user.ts';

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly database: string;
  readonly port?: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly warn: (message: string) => void;
  /** Where root keeps programs that `nobody` can read. */
  readonly copyRoot?: string;
}

// The same in a URL, whether a driver decodes its path or, as postgres.js, does not.
const DATABASE_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

// The server can go away between being found and being asked (its owner stops it): then it is started again.
const OPEN_TRIES = 5;

/** Starts or adopts the server on the cluster in `dataDir`, and makes the database. @throws {LocalPostgresError} */
export async function openEmbedded(options: EmbeddedOptions): Promise<LocalPostgres> {
  if (!DATABASE_NAME.test(options.database)) {
    throw new LocalPostgresError(
      'POSTGRES_DATABASE_NAME',
      `Bad database name ${JSON.stringify(options.database)}: ${DATABASE_NAME.source}`,
    );
  }
  const dataDir = makeDataDir(options.dataDir);
  const clusterDir = join(dataDir, 'pg');
  const user = serverUser(clusterDir);
  const binaries = await findBinaries(user, options.copyRoot);
  await ensureCluster({ dataDir, clusterDir, binaries, user, sync: options.settings['fsync'] !== 'off' });
  const password = clusterPassword(clusterDir);
  for (let tries = 1; ; tries++) {
    const server = await startOrAdopt({
      ...options,
      clusterDir,
      binaries,
      user,
      logFile: join(dataDir, 'postgres.log'),
    });
    const url = (database: string) => `postgres://postgres:${password}@127.0.0.1:${server.port}/${database}`;
    try {
      await createDatabase(url('postgres'), options.database);
      return { url: url(options.database), kind: server.kind, pid: server.pid, stop: server.stop, died: server.died };
    } catch (error) {
      await giveUpOrWait(error, server, tries);
    }
  }
}

async function giveUpOrWait(error: unknown, server: Server, tries: number): Promise<void> {
  const lost = ['ECONNREFUSED', 'ECONNRESET', 'CONNECTION_CLOSED', 'CONNECTION_ENDED', '57P01', '57P03'];
  if (server.kind === 'adopted' && tries < OPEN_TRIES && lost.includes(errorCode(error) ?? '')) {
    await sleep(100);
    return;
  }
  await server.stop();
  throw new LocalPostgresError(
    'POSTGRES_NOT_STARTED',
    `Postgres (process ${server.pid}) does not let us in: ${reason(error)}`,
    { cause: error },
  );
}

function makeDataDir(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    return realpathSync(resolve(path));
  } catch (error) {
    throw new LocalPostgresError('POSTGRES_DATA_DIR', `Cannot make the data folder ${path}: ${reason(error)}`, {
      cause: error,
    });
  }
}

async function createDatabase(adminUrl: string, name: string): Promise<void> {
  const admin = postgres(adminUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    const [found] = await admin`select 1 from pg_database where datname = ${name}`;
    if (found === undefined) await admin`create database ${admin(name)}`;
  } catch (error) {
    // Two processes may create it at once; which of the two errors the loser gets depends on how far the other is.
    if (!['42P04', '23505'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    await admin.end({ timeout: 1 });
  }
}
