import { testDatabase } from '@once/local-postgres/testing';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Connection, connect, isOutage } from '../src/index.ts';

let connection: Connection;
beforeAll(async () => {
  connection = connect((await testDatabase('shop')).url);
});
afterAll(() => connection.close());

const failureOf = async (work: () => Promise<unknown>): Promise<unknown> =>
  await work().then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error,
  );

it.each([
  ['a server that nobody finds', () => connect('postgres://127.0.0.1:1/nowhere').db.execute(sql`select 1`)],
  [
    'a connection that the server cuts',
    () => connection.db.execute(sql`select pg_terminate_backend(pg_backend_pid())`),
  ],
  [
    'a database that takes no writes',
    () =>
      connection.db.transaction(async (tx) => {
        await tx.execute(sql`set transaction read only`);
        await tx.execute(sql`delete from outbox`);
      }),
  ],
  ['a disk that is full', () => connection.db.execute(sql`do $$ begin raise disk_full; end $$`)],
  [
    'a server that has no connection left',
    () => connection.db.execute(sql`do $$ begin raise too_many_connections; end $$`),
  ],
])('%s is an outage', async (_, work) => {
  expect(isOutage(await failureOf(work))).toBe(true);
});

it.each([
  [
    'a row that is there already',
    sql`insert into cart (id) select ${'01a20ff8-cf8c-77c7-b84e-657afdcb6c4a'}::uuid from generate_series(1, 2)`,
  ],
  ['a statement that makes no sense', sql`select nothing`],
  ['a lock that another one has', sql`do $$ begin raise lock_not_available; end $$`],
])('%s is none: asked again, it would be answered the same, or nobody was away', async (_, statement) => {
  expect(isOutage(await failureOf(() => connection.db.execute(statement)))).toBe(false);
});
