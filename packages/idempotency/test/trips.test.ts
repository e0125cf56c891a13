import { sql as drizzleSql } from 'drizzle-orm';
import { drizzle as drizzleOverPg } from 'drizzle-orm/node-postgres';
import { drizzle as drizzleOver } from 'drizzle-orm/postgres-js';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type postgres from 'postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { drizzle } from '../src/adapters/drizzle.ts';
import { kysely } from '../src/adapters/kysely.ts';
import { guarded, nodePostgres } from '../src/adapters/pg.ts';
import { guarded as guardedClient } from '../src/adapters/postgres-js.ts';
import { answered, workflow } from '../src/index.ts';
import { aScope, type Driver, onceOver, openFixture, viaDrizzle, viaPostgresJs } from './fixture.ts';
import { type Link, openLink } from './link.ts';

const fixture = await openFixture();

/** Round trips of a piece of work once its statements are prepared: the least of a few runs, as the network may split. */
async function tripsOf(link: Link, work: () => Promise<unknown>): Promise<number> {
  const counts: number[] = [];
  for (let run = 0; run < 8; run++) {
    const before = link.trips();
    await work();
    counts.push(link.trips() - before);
  }
  return Math.min(...counts);
}

/** @param beginRides BEGIN is sent with the claim, where the driver can do that. */
function counts<Tx>(
  driver: Pick<Driver<Tx>, 'database' | 'write'>,
  link: Link,
  bare: (scope: string) => Promise<unknown>,
  beginRides = false,
) {
  const { once } = onceOver(driver);
  const scope = aScope();
  const create = (key: string, replayHint = false) =>
    once.transaction({ operation: 'order.create', scope, key, input: {}, replayHint }, async (tx) => {
      await driver.write(tx, scope);
      return 1;
    });

  const more = beginRides ? 0 : 1;
  test(`a transaction takes ${more} round trips more than the same work without a key`, async () => {
    expect(await tripsOf(link, () => bare(scope))).toBe(3);
    let n = 0;
    expect(await tripsOf(link, () => create(`k${n++}`))).toBe(3 + more);
  });

  test('a hinted replay is one round trip', async () => {
    await create('replayed');
    expect(await tripsOf(link, () => create('replayed', true))).toBe(1);
  });

  test(`a workflow with one call is two commits, with ${more} and 1 round trips more`, async () => {
    const order = workflow<{ tx: Tx; services: object }>('order.place')
      .transaction('reserve', async (tx) => await driver.write(tx, scope))
      .call('charge', { send: async () => answered(1) })
      .transaction('settle', async (tx) => await driver.write(tx, scope));
    let n = 0;
    expect(await tripsOf(link, () => once.run(order, { scope, key: `w${n++}`, input: null }))).toBe(7 + more);
  });
}

test('statements with parameters are prepared, unless the client says otherwise', async () => {
  const prepared = async (options: postgres.Options<Record<string, never>>) => {
    const sql = guardedClient(fixture.driver({ max: 1, ...options }).sql);
    await sql.begin((tx) => tx.unsafe('select $1::text as direct', ['a'], { prepare: false }));
    await drizzleOver(sql).transaction((tx) => tx.execute(drizzleSql`select ${'a'}::text as drizzle`));
    const rows = await sql`select 1 from pg_prepared_statements where statement like 'select $1::text as %'`;
    return rows.length;
  };
  expect(await prepared({})).toBe(2);
  expect(await prepared({ prepare: false })).toBe(0);
});

describe('over postgres.js', async () => {
  const link = await openLink(fixture.url);
  const driver = viaPostgresJs(link.url, { max: 1 });
  counts(driver, link, (scope) =>
    driver.sql.begin((tx) => tx`insert into written (scope, note) values (${scope}, '')`),
  );
});

describe('over Drizzle', async () => {
  const link = await openLink(fixture.url);
  const driver = viaDrizzle(link.url, { max: 1 });
  const db = drizzleOver(driver.sql);
  counts(driver, link, (scope) => db.transaction((tx) => driver.write(tx, scope)));
});

describe.each([[{}], [{ pipeline: true }]])('over node-postgres %j', async (config) => {
  const link = await openLink(fixture.url);
  const pool = new pg.Pool({ connectionString: link.url, max: 1, ...config });
  afterAll(() => pool.end());
  const write = async (tx: pg.PoolClient, scope: string) =>
    void (await tx.query({
      name: 'write',
      text: "insert into written (scope, note) values ($1, '')",
      values: [scope],
    }));
  const bare = async (scope: string) => {
    const client = await pool.connect();
    await client.query('begin');
    await write(client, scope);
    await client.query('commit');
    client.release();
  };
  counts({ database: nodePostgres(pool), write }, link, bare, true);
});

describe('over an ORM on node-postgres', async () => {
  const link = await openLink(fixture.url);
  const pool = guarded(new pg.Pool({ connectionString: link.url, max: 1 }));
  afterAll(() => pool.end());
  describe('Drizzle', () => {
    const db = drizzleOverPg(pool);
    const write = async (tx: Pick<typeof db, 'execute'>, scope: string) =>
      void (await tx.execute(drizzleSql`insert into written (scope, note) values (${scope}, '')`));
    counts({ database: drizzle(db), write }, link, (scope) => db.transaction((tx) => write(tx, scope)));
  });
  describe('Kysely', () => {
    const db = new Kysely<{ written: { scope: string; note: string } }>({ dialect: new PostgresDialect({ pool }) });
    const write = async (tx: Pick<typeof db, 'insertInto'>, scope: string) =>
      void (await tx.insertInto('written').values({ scope, note: '' }).execute());
    counts({ database: kysely(db), write }, link, (scope) => db.transaction().execute((tx) => write(tx, scope)));
  });
});
