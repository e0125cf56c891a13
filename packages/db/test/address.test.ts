import { pgBouncerVersion, startPgBouncer } from '@once/local-postgres/pgbouncer';
import { testDatabase } from '@once/local-postgres/testing';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { connect, driverAddress } from '../src/index.ts';
import { migrate } from '../src/migrate.ts';

describe('an address', () => {
  it.each([
    ['postgres://a:b@host:6432/once?pgbouncer=true', 'postgres://a:b@host:6432/once?prepare=false'],
    ['postgres://host/once?sslmode=require&pgbouncer=true', 'postgres://host/once?sslmode=require&prepare=false'],
    ['postgres://host/once?pgbouncer=false', 'postgres://host/once'],
    ['postgres://a:b%40c@host/once', 'postgres://a:b%40c@host/once'],
    ['nowhere', 'nowhere'],
  ])('%s means %s to the driver', (url, address) => {
    expect(driverAddress(url)).toBe(address);
  });

  it('says how many connections there may be at most', async () => {
    const { url } = await testDatabase('shop');
    for (const [said, most] of [
      ['?max=1', 1],
      ['?max=3', 3],
      ['', 10],
    ] as const) {
      const connection = connect(`${url}${said}`);
      const backends = await Promise.all(
        Array.from({ length: 30 }, () =>
          connection.db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid, pg_sleep(0.01)`),
        ),
      );
      expect(new Set(backends.map(([row]) => row?.pid)).size).toBe(most);
      await connection.close();
    }
  });

  it.each(['0', 'many', '1.5', '-1', '1001'])('whose max is %s is refused before anything is sent', (max) => {
    expect(() => connect(`postgres://nowhere.invalid/once?max=${max}`)).toThrow(
      expect.objectContaining({ code: 'DATABASE_URL_INVALID', message: expect.stringContaining(`max=${max} `) }),
    );
  });
});

describe.skipIf(pgBouncerVersion() === undefined)('through PgBouncer', () => {
  it('statements that a session would remember find another session, and run all the same', async () => {
    const { url } = await testDatabase('shop');
    const pooler = await startPgBouncer(url, { poolSize: 3 });
    const connection = connect(pooler.url);
    try {
      const numbers = Array.from({ length: 300 }, (_, index) => index);
      const answers = await Promise.all(
        numbers.map((number) =>
          connection.db.$client.unsafe<{ n: number }[]>('select $1::text::int as n', [String(number)]),
        ),
      );
      expect(answers.map(([row]) => row?.n)).toEqual(numbers);
    } finally {
      await connection.close();
      await pooler.stop();
    }
  });

  it('migrations run, also many at once, and leave no lock behind', async () => {
    const { url } = await testDatabase('shop');
    const direct = postgres(url, { max: 1, onnotice: () => {} });
    await direct`drop schema idempotency, public, drizzle cascade`;
    await direct`create schema public`;
    const pooler = await startPgBouncer(url);
    try {
      await Promise.all([1, 2, 3, 4].map(() => migrate(pooler.url)));
      expect(await direct`select to_regclass('public.orders') is not null as there`).toEqual([{ there: true }]);
      const left = await direct`select 1 from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`;
      expect([...left]).toEqual([]);
      await migrate(pooler.url);
    } finally {
      await pooler.stop();
      await direct.end();
    }
  });
});
