import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { errorCode, LocalPostgresError, reason } from './errors.ts';

const OLDEST_VERSION_NUM = 150_000;
const CONNECT_TIMEOUT_SECONDS = 5;
const NO_ANSWER = 'NO_ANSWER';

interface ServerFacts {
  version: string;
  versionNum: number;
  fsync: string;
  fullPageWrites: string;
}

/** @throws {LocalPostgresError} unless `url` names a database that answers on a server new enough. */
export async function checkExternal(url: string, warn: (message: string) => void): Promise<void> {
  const sql = connect(url);
  const { host, port, database, user } = sql.options;
  const address = sql.options.path || `${host[0]}:${port[0]}`;
  try {
    const server = await withinDeadline(serverFacts(sql));
    if (server.versionNum < OLDEST_VERSION_NUM) {
      throw new LocalPostgresError(
        'POSTGRES_TOO_OLD',
        `Postgres at ${address} is version ${server.version}; version 15 or newer is needed.`,
      );
    }
    if (server.fsync === 'off' || server.fullPageWrites === 'off') {
      warn(
        `Postgres at ${address} runs with fsync or full_page_writes off: a crash can lose or corrupt what it stored.`,
      );
    }
  } catch (error) {
    if (error instanceof LocalPostgresError) throw error;
    throw unreachable(error, { address, database, user });
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function serverFacts(sql: postgres.Sql): Promise<ServerFacts> {
  const [facts] = await sql<[ServerFacts]>`
    select current_setting('server_version') as version,
           current_setting('server_version_num')::int as "versionNum",
           current_setting('fsync') as fsync,
           current_setting('full_page_writes') as "fullPageWrites"`;
  return facts;
}

/** postgres.js connects again for ever where something accepts the connection and closes it (not a Postgres, say). */
async function withinDeadline<T>(answer: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const deadline = sleep((CONNECT_TIMEOUT_SECONDS + 1) * 1000, undefined, { signal: settled.signal }).then(() => {
    throw Object.assign(new Error('no answer'), { code: NO_ANSWER });
  });
  return Promise.race([answer, deadline]).finally(() => {
    deadline.catch(() => {}); // the abort
    settled.abort();
  });
}

function connect(url: string): postgres.Sql {
  try {
    if (!/^postgres(ql)?:\/\//i.test(url)) throw new TypeError('scheme');
    return postgres(url, {
      max: 1,
      connect_timeout: CONNECT_TIMEOUT_SECONDS,
      fetch_types: false,
      prepare: false,
      onnotice: () => {},
    });
  } catch {
    // No cause: Node's "Invalid URL" error carries the whole input, password included.
    throw new LocalPostgresError(
      'POSTGRES_URL_INVALID',
      'DATABASE_URL is not a Postgres URL; expected postgres://user:password@host:port/database',
    );
  }
}

function unreachable(
  error: unknown,
  { address, database, user }: { address: string; database: string; user: string },
): LocalPostgresError {
  if (errorCode(error) === '3D000') {
    return new LocalPostgresError(
      'POSTGRES_DATABASE_MISSING',
      `Postgres at ${address} has no database "${database}"; create it or change DATABASE_URL.`,
      { cause: error },
    );
  }
  return new LocalPostgresError(
    'POSTGRES_UNREACHABLE',
    `Postgres at ${address} (database "${database}", user "${user}") cannot be used: ${plainReason(error)}`,
    { cause: error },
  );
}

function plainReason(error: unknown): string {
  return PLAIN_REASONS[errorCode(error) ?? ''] ?? reason(error);
}

const PLAIN_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused; is it running?',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name is not known',
  CONNECT_TIMEOUT: `no answer within ${CONNECT_TIMEOUT_SECONDS} s`,
  [NO_ANSWER]: 'it answers, but not as Postgres does',
  CONNECTION_CLOSED: 'it closed the connection',
  ECONNRESET: 'it closed the connection',
};
