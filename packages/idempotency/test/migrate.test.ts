import { readdir, readFile } from 'node:fs/promises';
import { testDatabase } from '@once/local-postgres/testing';
import { build } from 'esbuild';
import type { Sql } from 'postgres';
import { expect, test } from 'vitest';
import { createOnce, type Database } from '../src/index.ts';
import { migrate } from '../src/migrate.ts';
import { migrations } from '../src/migrations.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, codeThrown, viaDrizzle, viaPostgresJs } from './fixture.ts';

test('any number of processes may migrate at once, by any adapter; one does, the others find it done', async () => {
  const { url } = await testDatabase('library');
  const [first, ...others] = [...Array(4).keys()].map(() => viaPostgresJs(url, { max: 1 }));
  const drizzle = [...Array(4).keys()].map(() => viaDrizzle(url, { max: 1 }));
  if (first === undefined) throw new RangeError('no driver');
  await first.sql.unsafe('drop schema idempotency cascade');
  const applied = await Promise.all([
    ...[first, ...others].map(({ database }) => migrate(database)),
    ...drizzle.map(({ database }) => migrate(database)),
  ]);
  expect(applied.flat()).toEqual(['0001_init.sql', '0002_operators.sql']);
  expect(await migrate(first.database)).toEqual([]);
  const tables = await first.sql`select table_name from information_schema.tables
    where table_schema = 'idempotency' order by table_name`;
  expect(tables.map((row) => row['table_name'])).toEqual(['migration', 'record']);
  await Promise.all([first, ...others, ...drizzle].map(({ sql }) => sql.end()));
});

test('sql/ holds the migrations for those who run them with a tool of their own', async () => {
  const folder = new URL('../sql/', import.meta.url);
  const names = (await readdir(folder)).sort();
  const files = names.map(async (name) => ({ name, sql: await readFile(new URL(name, folder), 'utf8') }));
  expect(await Promise.all(files)).toEqual(migrations);
});

test('nothing of the library is read from disk, so that it runs in a server packed into one file', async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export * from '../src/migrate.ts'", resolveDir: import.meta.dirname },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const text = outputFiles[0]?.text ?? '';
  expect(text).not.toMatch(/import\.meta|node:fs/);
  const packed = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as { migrate: typeof migrate };
  const { url } = await testDatabase('library');
  const { sql, database } = viaPostgresJs(url, { max: 1 });
  await sql.unsafe('drop schema idempotency cascade');
  expect(await packed.migrate(database)).toEqual(migrations.map(({ name }) => name));
  await sql.end();
});

test('a migration that fails leaves nothing behind', async () => {
  const { url } = await testDatabase('library');
  const { sql, database } = viaPostgresJs(url, { max: 1 });
  await sql.unsafe('drop schema idempotency cascade');
  const failing = {
    ...database,
    transaction: ((body) =>
      database.transaction((tx, query, last) =>
        body(
          tx,
          (text, parameters) => query(text.includes('record_retention') ? 'create nonsense' : text, parameters),
          last,
        ),
      )) as typeof database.transaction,
  };
  await expect(migrate(failing)).rejects.toMatchObject({ code: '42601' });
  expect(await sql`select 1 from pg_namespace where nspname = 'idempotency'`).toEqual([]);
  expect(await migrate(database)).toEqual(['0001_init.sql', '0002_operators.sql']);
  await sql.end();
});

test('the table is durable, and one that somebody has made UNLOGGED is refused with the way out', async () => {
  const { url } = await testDatabase('library');
  const { sql, database } = viaPostgresJs(url, { max: 1 });
  expect(await migrate(database)).toEqual([]);
  await sql.unsafe('alter table idempotency.record set unlogged');
  await expect(migrate(database)).rejects.toMatchObject({
    code: 'IDEMPOTENCY_OPTION_INVALID',
    message: expect.stringContaining('alter table idempotency.record set logged'),
  });
  await sql.unsafe('alter table idempotency.record set logged');
  expect(await migrate(database)).toEqual([]);
  await sql.end();
});

test.each(['postgres.js', 'Drizzle'])('over %s, an operation before the migration says what to run', async (name) => {
  const { url } = await testDatabase('library');
  const { database, sql }: { database: Database<unknown>; sql: Sql } =
    name === 'Drizzle' ? viaDrizzle(url) : viaPostgresJs(url);
  const once = createOnce({ database });
  const request = { operation: 'order.create', scope: aScope(), key: 'k', input: {} };
  const theirs = once.transaction(request, async () => (await sql`select 1 from idempotency.records`).length);
  expect(await codeThrown(theirs)).toBe('42P01'); // a table of the caller's own
  await sql`drop schema idempotency cascade`;
  for (const refused of [() => once.transaction(request, async () => 1), () => once.find('order.create', request)]) {
    await expect(refused()).rejects.toMatchObject({
      code: 'IDEMPOTENCY_OPTION_INVALID',
      message: expect.stringContaining('npx once-idempotency migrate'),
    });
  }
  await sql.end();
});

test('nothing but migrate changes the schema: creating a once sends nothing at all', async () => {
  const sent: string[] = [];
  const note = async (text: string) => {
    sent.push(text);
    return [];
  };
  const database = { query: note, within: () => note, transaction: async () => Promise.reject(new RangeError('sent')) };
  createWorker(createOnce({ database }), []);
  expect(sent).toEqual([]);
});
