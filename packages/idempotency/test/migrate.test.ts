import { testDatabase } from '@once/local-postgres/testing';
import { expect, test } from 'vitest';
import { createOnce } from '../src/index.ts';
import { migrate } from '../src/migrate.ts';
import { createWorker } from '../src/worker.ts';
import { viaDrizzle, viaPostgresJs } from './fixture.ts';

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
