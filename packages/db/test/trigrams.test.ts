import { testDatabase } from '@once/local-postgres/testing';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { addTrigrams } from '../src/trigrams.ts';

const isThere = async (sql: postgres.Sql) =>
  (await sql`select 1 from pg_extension where extname = 'pg_trgm'`).length === 1;

it('a role that may not add the extension migrates without it, and one that may adds it later', async () => {
  const { url } = await testDatabase('shop');
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql`drop extension pg_trgm`;
  const role = `nobody_${crypto.randomUUID().slice(0, 8)}`;
  await sql.unsafe(`create role ${role} nologin`);
  await sql.unsafe(`set role ${role}`);
  await addTrigrams(sql);
  expect(await isThere(sql)).toBe(false);
  await sql`reset role`;
  await addTrigrams(sql);
  expect(await isThere(sql)).toBe(true);
  await sql.unsafe(`drop role ${role}`);
  await sql.end();
});
