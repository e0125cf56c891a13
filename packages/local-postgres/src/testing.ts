import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { markedFolder, removeAbandoned } from './abandoned.ts';
import { openEmbedded } from './embedded.ts';
import { errorCode, LocalPostgresError } from './errors.ts';
import { checkExternal } from './external.ts';

// In the environment, because vitest's workers and the processes that tests start inherit nothing else.
const ADMIN_URL = 'TEST_POSTGRES_URL';
const RUN = 'TEST_POSTGRES_RUN';

const THROW_AWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };
const TEMPLATE_NAME = /^[a-z][a-z0-9_]{0,19}$/;
const CLONE_TIMEOUT_MS = 30_000;

export interface TestPostgres {
  readonly adminUrl: string;
  readonly stop: () => Promise<void>;
}

export interface TestDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/**
 * The server for one test run: the one at TEST_DATABASE_URL (its user needs CREATEDB), or a new throw-away one in the
 * system's temporary folder. From then on `createTemplate` and `testDatabase` work, here and in every child process.
 * `stop` drops all that the run made.
 *
 * @throws {LocalPostgresError}
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const external = process.env['TEST_DATABASE_URL'];
  const run = randomBytes(4).toString('hex');
  const server =
    external === undefined || external === '' ? await throwAwayServer() : await externalServer(external, run);
  process.env[ADMIN_URL] = server.adminUrl;
  process.env[RUN] = run;
  return {
    adminUrl: server.adminUrl,
    stop: async () => {
      delete process.env[ADMIN_URL];
      delete process.env[RUN];
      await server.stop();
    },
  };
}

/**
 * Makes the database that `testDatabase(name)` clones. `prepare` gets its URL and must close its connections.
 *
 * @throws {LocalPostgresError} TEST_POSTGRES_MISSING, TEST_TEMPLATE_NAME; what `prepare` throws
 */
export async function createTemplate(name: string, prepare: (url: string) => Promise<void>): Promise<void> {
  const { adminUrl, run } = currentRun();
  const template = templateName(run, name);
  await withAdmin(adminUrl, (admin) => admin`create database ${admin(template)}`);
  await prepare(urlOf(adminUrl, template));
  await withAdmin(adminUrl, async (admin) => {
    // Postgres refuses to clone a database that anybody is connected to: from here on nobody can be.
    await admin`alter database ${admin(template)} allow_connections false`;
    await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = ${template}`;
  });
}

/**
 * A new database, cloned from the template: its `url`, and `drop`, which throws out who is still connected. Calling
 * `drop` is optional: the run's `stop` drops what is left.
 *
 * @throws {LocalPostgresError} TEST_POSTGRES_MISSING, TEST_TEMPLATE_MISSING, TEST_TEMPLATE_NAME
 */
export async function testDatabase(template: string): Promise<TestDatabase> {
  const { adminUrl, run } = currentRun();
  const source = templateName(run, template);
  const name = `${prefixOf(run)}${randomBytes(8).toString('hex')}`;
  await withAdmin(adminUrl, (admin) => clone(admin, source, name));
  return {
    url: urlOf(adminUrl, name),
    drop: () => withAdmin(adminUrl, (admin) => admin`drop database if exists ${admin(name)} with (force)`),
  };
}

async function clone(admin: postgres.Sql, source: string, name: string): Promise<void> {
  for (const deadline = Date.now() + CLONE_TIMEOUT_MS; ; await sleep(50)) {
    try {
      await admin`create database ${admin(name)} template ${admin(source)}`;
      return;
    } catch (error) {
      const code = errorCode(error);
      if (code === '3D000') {
        throw new LocalPostgresError(
          'TEST_TEMPLATE_MISSING',
          `There is no test template "${source}": call createTemplate.`,
        );
      }
      // Somebody is in the template for a moment: autovacuum, which allow_connections does not keep out.
      if (code !== '55006' || Date.now() > deadline) throw error;
    }
  }
}

async function throwAwayServer(): Promise<TestPostgres> {
  await removeAbandoned(tmpdir(), 'once-test');
  const dataDir = markedFolder(tmpdir(), 'once-test');
  const remove = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
  const warn = (message: string) => process.emitWarning(message);
  try {
    const { url, stop } = await openEmbedded({ dataDir, database: 'postgres', settings: THROW_AWAY, warn });
    return { adminUrl: url, stop: () => stop().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

async function externalServer(adminUrl: string, run: string): Promise<TestPostgres> {
  await checkExternal(adminUrl, () => {}); // fsync off is right for tests
  return { adminUrl, stop: () => withAdmin(adminUrl, (admin) => dropAll(admin, run)) };
}

async function dropAll(admin: postgres.Sql, run: string): Promise<void> {
  const left = await admin<{ datname: string }[]>`
    select datname from pg_database where starts_with(datname, ${prefixOf(run)})`;
  for (const { datname } of left) await admin`drop database if exists ${admin(datname)} with (force)`;
}

function currentRun(): { adminUrl: string; run: string } {
  const adminUrl = process.env[ADMIN_URL];
  const run = process.env[RUN];
  if (adminUrl === undefined || run === undefined) {
    throw new LocalPostgresError(
      'TEST_POSTGRES_MISSING',
      `${ADMIN_URL} is not set: run the tests from the root (its global setup starts Postgres) or call startTestPostgres.`,
    );
  }
  return { adminUrl, run };
}

function prefixOf(run: string): string {
  return `once_test_${run}_`;
}

function templateName(run: string, name: string): string {
  if (!TEMPLATE_NAME.test(name)) {
    throw new LocalPostgresError('TEST_TEMPLATE_NAME', `Bad template name ${JSON.stringify(name)}: ${TEMPLATE_NAME}`);
  }
  return `${prefixOf(run)}template_${name}`;
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function withAdmin<T>(adminUrl: string, work: (admin: postgres.Sql) => PromiseLike<T>): Promise<void> {
  const admin = postgres(adminUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    await work(admin);
  } finally {
    await admin.end({ timeout: 1 });
  }
}
