// What the guard of node-postgres does beyond the contract, and what it leaves as it was.
import { drizzle as drizzleOverPg } from 'drizzle-orm/node-postgres';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { drizzle } from '../../src/adapters/drizzle.ts';
import { kysely } from '../../src/adapters/kysely.ts';
import { guarded, nodePostgres } from '../../src/adapters/pg.ts';
import { type PgClient, send, statementOf } from '../../src/adapters/pg-statements.ts';
import { aScope, codeThrown, gate, onceOver, openFixture } from '../fixture.ts';

const fixture = await openFixture();
const insert = 'insert into written (scope, note) values ($1, $2)';

function aPool(config: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: fixture.url, max: 1, ...config });
  afterAll(() => pool.end());
  return pool;
}
const pidOf = async (client: pg.PoolClient): Promise<number> =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0;

test('a client that is released inside its transaction serves nobody after that', async () => {
  const pool = guarded(aPool());
  const scope = aScope();
  const careless = await pool.connect();
  await careless.query('begin');
  await careless.query(insert, [scope, 'never committed']);
  const pid = await pidOf(careless);
  careless.release();
  const next = await pool.connect();
  expect(await pidOf(next)).not.toBe(pid);
  await next.query('commit');
  next.release();
  expect(await fixture.written(scope)).toEqual([]);
});

test('a client at rest serves the next caller, and its old handle nobody', async () => {
  const pool = guarded(aPool());
  const scope = aScope();
  const first = await pool.connect();
  const pid = await pidOf(first);
  first.release();
  const second = await pool.connect();
  expect(await pidOf(second)).toBe(pid);
  await second.query('begin');
  expect(() => first.query(insert, [scope, 'in somebody else’s transaction'])).toThrow(
    expect.objectContaining({ code: 'IDEMPOTENCY_TRANSACTION_OVER' }),
  );
  await second.query('commit');
  second.release();
  expect(await fixture.written(scope)).toEqual([]);
});

test('what a body leaves running when it has returned is not sent after its COMMIT', async () => {
  const database = nodePostgres(aPool());
  const scope = aScope();
  const left = gate();
  const seen: unknown[] = [];
  const leaving = async (tx: pg.PoolClient) => {
    await left.passed;
    try {
      await tx.query(insert, [scope, 'late']);
    } catch (error) {
      seen.push((error as { code?: unknown }).code);
    }
  };
  let running: Promise<void> | undefined;
  await database.transaction(async (tx) => {
    running = leaving(tx);
    await tx.query(insert, [scope, 'in time']);
    setImmediate(left.open); // COMMIT is on its way by then, and not answered
  });
  await running;
  expect(seen).toEqual(['IDEMPOTENCY_TRANSACTION_OVER']);
  expect(await fixture.written(scope)).toEqual(['in time']);
});

test('when the first statement of a batch fails, the server runs none of the rest', async () => {
  for (const config of [{}, { pipeline: true }]) {
    const client = await aPool(config).connect();
    const scope = aScope();
    const batch = [statementOf('select 1 / 0'), statementOf(insert, [scope, 'outside any transaction'])];
    expect(await codeThrown(send(client as unknown as PgClient, batch))).toBe('22012');
    expect((await send(client as unknown as PgClient, batch.slice(1))).command).toBe('INSERT');
    client.release();
    expect(await fixture.written(scope)).toEqual(['outside any transaction']); // by the second
  }
});

test('statements with parameters are prepared, unless the guard is told otherwise', async () => {
  for (const [prepare, least] of [
    [true, 2],
    [false, 0],
  ] as const) {
    const pool = guarded(aPool(), { prepare });
    const { once } = onceOver({ database: nodePostgres(pool) });
    await once.transaction({ operation: 'o', scope: aScope(), key: 'k', input: {} }, async () => 1);
    const { rows } = await pool.query('select 1 from pg_prepared_statements where statement like $1', [
      '%idempotency.%',
    ]);
    expect(rows).toHaveLength(least);
  }
});

test('a pool keeps its other ways: callbacks, its own queries, figures', async () => {
  const pool = guarded(aPool());
  expect(guarded(pool)).toBe(pool);
  expect(pool).toBeInstanceOf(pg.Pool);
  const scope = aScope();
  await new Promise<void>((resolve, reject) => {
    pool.connect((error, client, release) => {
      if (error || !client) return reject(error);
      client.query(insert, [scope, 'by callback'], (failed) => {
        release();
        if (failed) reject(failed);
        else resolve();
      });
    });
  });
  expect(await fixture.written(scope)).toEqual(['by callback']);
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
});

test('a pool that has no connection to give is an outage, and says so', async () => {
  const pool = aPool({ connectionTimeoutMillis: 50 });
  const { once } = onceOver({ database: nodePostgres(pool) });
  const holder = await pool.connect();
  const waiting = once.transaction({ operation: 'o', scope: aScope(), key: 'k', input: {} }, async () => 1);
  expect(await codeThrown(waiting)).toBe('IDEMPOTENCY_UNAVAILABLE');
  holder.release();
});

test('an error of the body that has no code is the body’s own, not an outage', async () => {
  const { once } = onceOver({ database: nodePostgres(aPool()) });
  let runs = 0;
  const failing = once.transaction({ operation: 'o', scope: aScope(), key: 'k', input: {} }, async (tx) => {
    runs++;
    await tx.query({ text: 'select 1', values: 'no list' as unknown as [] });
  });
  await expect(failing).rejects.toThrow('Query values must be an array');
  expect(runs).toBe(1);
});

test('an ORM over a pool that is not guarded is refused', async () => {
  const pool = aPool();
  expect(() => drizzle(drizzleOverPg(pool))).toThrow(expect.objectContaining({ code: 'IDEMPOTENCY_OPTION_INVALID' }));
  const database = kysely(new Kysely({ dialect: new PostgresDialect({ pool }) }));
  const refused = database.transaction(async () => 'never');
  expect(await codeThrown(refused)).toBe('IDEMPOTENCY_OPTION_INVALID');
});

test('a body that swallows the failure of its own statement runs once, and hears that its transaction had failed', async () => {
  const { once } = onceOver({ database: nodePostgres(aPool()) });
  let runs = 0;
  const failing = once.transaction({ operation: 'o', scope: aScope(), key: 'k', input: {} }, async (tx) => {
    runs++;
    await tx.query('select 1 / 0').catch(() => {});
    return 'done';
  });
  expect(await codeThrown(failing)).toBe('25P02');
  expect(runs).toBe(1);
});
