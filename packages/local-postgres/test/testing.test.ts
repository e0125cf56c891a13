import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createTemplate, testDatabase } from '../src/testing.ts';
import { newFolder, query } from './opening.ts';

const run = promisify(execFile);
const fixtures = join(import.meta.dirname, 'fixture');
const template = `shelf_${process.pid}`;

beforeAll(() =>
  createTemplate(template, async (url) => {
    await query(url, "create table book (title text); insert into book values ('Emma')");
  }),
);

afterEach(() => {
  vi.unstubAllEnvs();
});

test('a clone has what the template has, and no clone sees what another one writes', async () => {
  const [one, two] = await Promise.all([testDatabase(template), testDatabase(template)]);
  await query(one.url, "insert into book values ('Ulysses')");
  expect(await query(one.url, 'select count(*)::int as n from book')).toEqual([{ n: 2 }]);
  expect(await query(two.url, 'select title from book')).toEqual([{ title: 'Emma' }]);
  await Promise.all([one.drop(), two.drop()]);
});

test('processes that clone one template at the same time all get databases of their own', async () => {
  const cloner = () => run(process.execPath, [join(fixtures, 'cloner.ts'), template, '4']);
  const printed = await Promise.all([cloner(), cloner(), cloner()]);
  const urls = printed.flatMap(({ stdout }) => JSON.parse(stdout));
  expect(new Set(urls).size).toBe(12);
  for (const url of urls) expect(await query(url, 'select title from book')).toEqual([{ title: 'Emma' }]);
});

test('a template whose maker left a connection open can be cloned all the same, and nobody can connect to it', async () => {
  const name = `held_${process.pid}`;
  const opened: postgres.Sql[] = [];
  let templateUrl = '';
  await createTemplate(name, async (url) => {
    templateUrl = url;
    const sql = postgres(url, { max: 1, onclose: () => {} });
    opened.push(sql);
    await sql`select 1`;
  });
  const clone = await testDatabase(name);
  expect(await query(clone.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await expect(query(templateUrl, 'select 1')).rejects.toMatchObject({ code: '55000' });
  await Promise.all(opened.map((sql) => sql.end({ timeout: 0 })));
});

test('a clone is dropped although somebody is connected to it', async () => {
  const clone = await testDatabase(template);
  const sql = postgres(clone.url, { max: 1 });
  await sql`select 1`;
  await clone.drop();
  await sql.end({ timeout: 0 });
  await expect(query(clone.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
});

test('without the global setup, or with a template nobody made, the error says what to do', async () => {
  await expect(testDatabase('nobody_made_this')).rejects.toMatchObject({ code: 'TEST_TEMPLATE_MISSING' });
  await expect(testDatabase('Not-A-Name')).rejects.toMatchObject({ code: 'TEST_TEMPLATE_NAME' });
  vi.stubEnv('TEST_POSTGRES_URL', undefined);
  await expect(testDatabase(template)).rejects.toMatchObject({
    code: 'TEST_POSTGRES_MISSING',
    message: expect.stringContaining('run the tests from the root'),
  });
});

test('two runs on one server do not meet, and each drops what it made and nothing else', async () => {
  const own = await testDatabase(template);
  const environment = { TEST_DATABASE_URL: serverUrl() };
  const [one, two] = await Promise.all([testRun(environment), testRun(environment)]);
  expect(new Set([one.url, two.url, own.url]).size).toBe(3);
  await one.stop();
  await expect(query(one.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
  for (const { url } of [two, own]) expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await two.stop();
  await own.drop();
});

test('a run killed with -9 leaves no server, and the next one removes its folder', async () => {
  const temporary = newFolder();
  const environment = { TEST_DATABASE_URL: '', TMPDIR: temporary };
  const killed = await testRun(environment);
  const [folder = ''] = readdirSync(temporary);
  const server = Number.parseInt(readFileSync(join(temporary, folder, 'pg', 'postmaster.pid'), 'utf8'), 10);
  killed.child.kill('SIGKILL');
  // By its process, not by its port, which another server may have by now.
  await expect.poll(() => existsSync(`/proc/${server}`), { timeout: 30_000 }).toBe(false);
  expect(readdirSync(temporary)).toHaveLength(1);
  const next = await testRun(environment);
  expect(readdirSync(temporary)).toHaveLength(1);
  expect(await query(next.url, 'show fsync')).toEqual([{ fsync: 'off' }]);
  await next.stop();
  expect(readdirSync(temporary)).toEqual([]);
});

function serverUrl(): string {
  const url = process.env['TEST_POSTGRES_URL'];
  if (url === undefined) throw new Error('no test server');
  return url;
}

async function testRun(environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(fixtures, 'test-run.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { adminUrl, url }: { adminUrl: string; url: string } = JSON.parse(line);
    const stop = async () => {
      child.stdin.end();
      await once(child, 'exit');
    };
    return { adminUrl, url, child, stop };
  }
  throw new Error('the run ended without an answer');
}
