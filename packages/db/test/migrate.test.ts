import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@once/local-postgres/testing';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';

interface Migrator {
  /** @returns `done`, or what went wrong */
  migrate(url: string): Promise<string>;
  end(): void;
}

/** A process of its own that migrates each database that it is told, at once. */
function startMigrator(): Migrator {
  const script = `
    const { migrate } = await import('./src/migrate.ts');
    const { createInterface } = await import('node:readline');
    console.log('ready');
    for await (const url of createInterface({ input: process.stdin })) {
      await migrate(url).then(() => console.log('done'), (error) => console.log(String(error)));
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ready = lines.next();
  return {
    migrate: async (url) => {
      await ready;
      child.stdin.write(`${url}\n`);
      const line: IteratorResult<string, undefined> = await lines.next();
      return line.value ?? 'ended';
    },
    end: () => child.stdin.end(),
  };
}

let migrators: Migrator[];
beforeAll(() => {
  migrators = [1, 2, 3, 4].map(startMigrator);
});
afterAll(() => {
  for (const migrator of migrators) migrator.end();
});

async function openDatabase(): Promise<{ url: string; sql: postgres.Sql }> {
  const { url } = await testDatabase('shop');
  return { url, sql: postgres(url, { max: 1, onnotice: () => {} }) };
}

it.each([1, 2, 3])(
  'is done once by four processes that migrate an empty database in the same instant, round %i',
  async () => {
    const { url, sql } = await openDatabase();
    await sql`drop schema idempotency, public, drizzle cascade`;
    await sql`create schema public`;
    const said = await Promise.all(migrators.map((migrator) => migrator.migrate(url)));
    expect(said).toEqual(['done', 'done', 'done', 'done']);
    const [counts] = await sql`
    select (select count(*) = count(distinct hash) from drizzle.__drizzle_migrations) as each_once,
           (select count(*)::int from information_schema.tables where table_schema = 'public') as tables`;
    expect(counts).toEqual({ each_once: true, tables: 28 });
    await sql.end();
  },
);

it('leaves a migrated database as it is', async () => {
  const { url, sql } = await openDatabase();
  const migrations = () => sql`select id, hash, created_at from drizzle.__drizzle_migrations order by id`;
  const before = [...(await migrations())];
  expect(await migrators[0]?.migrate(url)).toBe('done');
  expect([...(await migrations())]).toEqual(before);
  await sql.end();
});
