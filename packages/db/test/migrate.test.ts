import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@once/local-postgres/testing';
import postgres from 'postgres';
import { expect, it } from 'vitest';

const packageDir = fileURLToPath(new URL('..', import.meta.url));

/** A process of its own that does nothing but migrate. */
async function migrateInProcess(url: string): Promise<{ code: number | null; said: string }> {
  const script = `const { migrate } = await import('./src/migrate.ts'); await migrate(process.env.TARGET);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: packageDir,
    env: { ...process.env, TARGET: url },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = text(child.stderr);
  const [code] = await once(child, 'exit');
  return { code, said: await said };
}

async function emptyDatabase(): Promise<{ url: string; sql: postgres.Sql }> {
  const { url } = await testDatabase('shop');
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql`drop schema public cascade`;
  await sql`drop schema idempotency cascade`;
  await sql`drop schema if exists drizzle cascade`;
  await sql`create schema public`;
  return { url, sql };
}

it('is done once by four processes that migrate an empty database at the same time', async () => {
  const { url, sql } = await emptyDatabase();
  const ends = await Promise.all([1, 2, 3, 4].map(() => migrateInProcess(url)));
  expect(ends).toEqual([1, 2, 3, 4].map(() => ({ code: 0, said: '' })));
  const [counts] = await sql`
    select (select count(*)::int from drizzle.__drizzle_migrations) as shop,
           (select count(distinct hash)::int from drizzle.__drizzle_migrations) as different,
           (select count(*)::int from information_schema.tables where table_schema = 'public') as tables`;
  expect(counts?.['shop']).toBe(counts?.['different']);
  expect(counts?.['tables']).toBe(16);
  await sql.end();
});

it('leaves a migrated database as it is', async () => {
  const { url } = await testDatabase('shop');
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const migrations = () => sql`select id, hash, created_at from drizzle.__drizzle_migrations order by id`;
  const before = await migrations();
  expect(await migrateInProcess(url)).toEqual({ code: 0, said: '' });
  expect([...(await migrations())]).toEqual([...before]);
  await sql.end();
});
