import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { LocalPostgresError, openPostgres } from '../src/index.ts';
import { createTemplate, testDatabase } from '../src/testing.ts';
import { newFolder, query } from './opening.ts';

const PASSWORD = 'hunter2';
const throwAway = (process.env['TEST_DATABASE_URL'] ?? '') === '';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

test('a database that answers is used as it is, and nothing is started', async () => {
  const { url } = await database();
  expect(await open(url)).toMatchObject({ kind: 'external', pid: undefined, url });
});

test('an address that refuses is named with its port and the reason', async () => {
  const port = await listen((socket) => socket.destroy());
  await cleanups.shift()?.();
  expect(await refusal(`postgres://me:${PASSWORD}@127.0.0.1:${port}/once`)).toEqual({
    code: 'POSTGRES_UNREACHABLE',
    message: `Postgres at 127.0.0.1:${port} (database "once", user "me") cannot be used: connection refused; is it running?`,
  });
});

test('an address where nobody answers, or not as Postgres does, is given up in seconds', async () => {
  const silent = await listen(() => {});
  const web = await listen((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const refused = await Promise.all(
    [silent, web].map((port) => refusal(`postgres://me:${PASSWORD}@127.0.0.1:${port}/once`)),
  );
  expect(refused).toEqual([
    { code: 'POSTGRES_UNREACHABLE', message: expect.stringMatching(/cannot be used: no answer within 5 s$/) },
    { code: 'POSTGRES_UNREACHABLE', message: expect.stringMatching(/: it answers, but not as Postgres does$/) },
  ]);
});

test.skipIf(!throwAway)('a wrong password is named as the reason and never printed', async () => {
  const url = new URL((await database()).url);
  url.password = PASSWORD;
  const { code, message } = await refusal(url.href);
  expect(code).toBe('POSTGRES_UNREACHABLE');
  expect(message).toContain('cannot be used: password authentication failed for user "postgres"');
});

test('a database that does not exist is named', async () => {
  const url = new URL((await database()).url);
  const { host } = url;
  url.pathname = '/no_such';
  expect(await refusal(url.href)).toEqual({
    code: 'POSTGRES_DATABASE_MISSING',
    message: `Postgres at ${host} has no database "no_such"; create it or change DATABASE_URL.`,
  });
});

test.each([`mysql://me:${PASSWORD}@host/db`, `postgres://me:${PASSWORD}@host:port/db`, `me:${PASSWORD}`])(
  'what is no Postgres URL is refused without repeating it (%#)',
  async (databaseUrl) => {
    expect(await refusal(databaseUrl)).toEqual({
      code: 'POSTGRES_URL_INVALID',
      message: 'DATABASE_URL is not a Postgres URL; expected postgres://user:password@host:port/database',
    });
  },
);

test('a server older than 15 is refused with its version', async () => {
  const { url } = await databaseThatSays({ server_version: '14.11', server_version_num: '140011' });
  const { code, message } = await refusal(url);
  expect(code).toBe('POSTGRES_TOO_OLD');
  expect(message).toBe(`Postgres at ${new URL(url).host} is version 14.11; version 15 or newer is needed.`);
  const fifteen = await databaseThatSays({ server_version: '15.0', server_version_num: '150000' });
  expect(await open(fifteen.url)).toMatchObject({ kind: 'external' });
});

test('a server that gives up durability is used with a warning, a durable one without', async () => {
  const careless = await databaseThatSays({ fsync: 'off' });
  expect((await open(careless.url)).warnings).toEqual([expect.stringContaining('fsync or full_page_writes off')]);
  const durable = await databaseThatSays({ fsync: 'on', full_page_writes: 'on' });
  expect((await open(durable.url)).warnings).toEqual([]);
});

async function open(databaseUrl: string) {
  const dataDir = newFolder();
  const warnings: string[] = [];
  const opened = await openPostgres({ dataDir, databaseUrl, onWarning: (line) => void warnings.push(line) });
  await opened.stop();
  expect(readdirSync(dataDir)).toEqual([]);
  return { kind: opened.kind, url: opened.url, pid: opened.pid, warnings };
}

async function refusal(databaseUrl: string): Promise<{ code: string; message: string }> {
  const error: unknown = await open(databaseUrl).catch((thrown: unknown) => thrown);
  if (!(error instanceof LocalPostgresError)) throw new Error('not refused', { cause: error });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(PASSWORD);
  return { code: error.code, message: error.message };
}

let template: Promise<string> | undefined;

async function database(): Promise<{ url: string }> {
  template ??= newTemplate();
  const made = await testDatabase(await template);
  cleanups.push(made.drop);
  return made;
}

async function newTemplate(): Promise<string> {
  const name = `empty_${process.pid}`;
  await createTemplate(name, async () => {});
  return name;
}

/** A real database in which current_setting() answers for a server that is not at hand. */
async function databaseThatSays(settings: Record<string, string>): Promise<{ url: string }> {
  const made = await database();
  const answers = Object.entries(settings).map(([name, value]) => `when '${name}' then '${value}'`);
  await query(
    made.url,
    `create schema other;
     create function other.current_setting(name text) returns text stable language sql
       return case name ${answers.join(' ')} else pg_catalog.current_setting(name) end;
     do $$ begin execute format('alter database %I set search_path = other, pg_catalog', current_database()); end $$`,
  );
  return made;
}

async function listen(answer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('data', () => answer(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
