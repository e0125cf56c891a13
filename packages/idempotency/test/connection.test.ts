// Connections lost inside a transaction. vitest fails the file on any uncaught error, so a crash of the process is seen.
import { drizzle as drizzleOver } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { describe, expect, test } from 'vitest';
import { drizzle } from '../src/adapters/drizzle.ts';
import { guarded } from '../src/adapters/postgres-js.ts';
import { aScope, codeThrown, type Driver, gate, onceOver, openFixture, type PostgresTx } from './fixture.ts';
import { openLink } from './link.ts';

const fixture = await openFixture();
const insert = 'insert into written (scope, note) values ($1, $2)';

/** Ends the server process of a transaction, and waits until that is so. */
async function kill(pid: unknown): Promise<void> {
  await fixture.admin`select pg_terminate_backend(${Number(pid)}::int, 5000)`;
}
const pidOf = async (tx: PostgresTx): Promise<unknown> => (await tx`select pg_backend_pid() as pid`)[0]?.['pid'];

/** A guarded pool of one, so that a late query would find the slot connected again. */
function guardedPool() {
  const driver = fixture.driver({ max: 1 });
  return guarded(driver.sql);
}

test('once its connection is lost, a transaction sends nothing more, neither into the void nor in autocommit', async () => {
  for (const reconnected of [false, true]) {
    const sql = guardedPool();
    const scope = aScope();
    const late = gate();
    const done = gate();
    const seen: unknown[] = [];
    const transaction = sql.begin(async (tx) => {
      await tx`insert into written (scope, note) values (${scope}, 'undone')`;
      await kill(await pidOf(tx));
      await late.passed;
      const attempts = [
        () => tx`insert into written (scope, note) values (${scope}, 'late')`,
        () => tx.unsafe(insert, [scope, 'late']),
        () => tx.savepoint((inner) => inner`insert into written (scope, note) values (${scope}, 'late')`),
      ];
      for (const attempt of attempts) seen.push(await codeThrown((async () => await attempt())()));
      done.open();
    });
    expect(await codeThrown(transaction)).toBe('CONNECTION_CLOSED');
    if (reconnected) await sql`select 1`;
    late.open();
    await done.passed;
    expect(seen).toEqual(Array(3).fill('IDEMPOTENCY_TRANSACTION_OVER'));
    await sql`select 1`;
    expect(await fixture.written(scope)).toEqual([]);
  }
});

test('a query made before the end and first awaited after it is not sent either', async () => {
  const sql = guardedPool();
  const scope = aScope();
  let kept: PromiseLike<unknown> | undefined;
  await sql.begin(async (tx) => {
    kept = tx`insert into written (scope, note) values (${scope}, 'after COMMIT')`;
    await tx`insert into written (scope, note) values (${scope}, 'in time')`;
  });
  expect(await codeThrown(Promise.resolve(kept))).toBe('IDEMPOTENCY_TRANSACTION_OVER');
  expect(await fixture.written(scope)).toEqual(['in time']);
});

test('a closure that catches the loss of its own query and goes on at once finds the transaction over', async () => {
  const link = await openLink(fixture.url);
  const sql = guarded(fixture.driver({ url: link.url, max: 1 }).sql);
  const scope = aScope();
  const done = gate();
  const seen: unknown[] = [];
  const transaction = sql.begin(async (tx) => {
    await tx`select 1`;
    link.arm('before');
    // The shortest way from the loss to the next query: some turns of the microtask queue later `begin` has rejected.
    await tx.unsafe('commit').then(undefined, (lost) => {
      seen.push(lost);
      try {
        tx.unsafe(insert, [scope, 'late'])
          .execute()
          .catch((error: unknown) => seen.push(error));
      } catch (refused) {
        seen.push(refused);
      }
    });
    done.open();
  });
  expect(await codeThrown(transaction)).toBe('CONNECTION_CLOSED');
  await done.passed;
  expect(seen).toMatchObject([{ code: 'CONNECTION_CLOSED' }, { code: 'IDEMPOTENCY_TRANSACTION_OVER' }]);
  expect(await sql`select 1 as one`).toMatchObject([{ one: 1 }]);
  expect(await fixture.written(scope)).toEqual([]);
});

test.each(['returns', 'throws', 'throws in a savepoint'])(
  'a closure that %s after the loss harms nobody',
  async (how) => {
    const sql = guardedPool();
    const late = gate();
    const ended = gate();
    const lost = async (tx: PostgresTx) => {
      await kill(await pidOf(tx));
      await late.passed;
      queueMicrotask(ended.open);
      if (how !== 'returns') throw new Error('too late');
      return 'too late';
    };
    const transaction = sql.begin((tx) => (how === 'throws in a savepoint' ? tx.savepoint(lost) : lost(tx)));
    expect(await codeThrown(transaction)).toBe('CONNECTION_CLOSED');
    late.open();
    await ended.passed;
    expect(await sql`select 1 as one`).toMatchObject([{ one: 1 }]);
  },
);

test('what a transaction of postgres.js does stays the same: options, arrays of queries, savepoints, fragments', async () => {
  const sql = guardedPool();
  const scope = aScope();
  expect(guarded(sql)).toBe(sql);
  const both = await sql.begin((tx) => [tx`select 1 as n`, tx`select 2 as n`]);
  expect(both.map(([row]) => row?.['n'])).toEqual([1, 2]);
  const readOnly = sql.begin('read only', (tx) => tx.unsafe(insert, [scope, 'no']));
  expect(await codeThrown(readOnly)).toBe('25006');
  await sql.begin(async (tx) => {
    await tx.savepoint('one', async (inner) => void (await inner.unsafe(insert, [scope, 'kept'])));
    const undone = tx.savepoint(async (inner) => {
      await inner.unsafe(insert, [scope, 'undone']);
      throw new Error('undone');
    });
    await codeThrown(undone);
    const where = tx`where scope = ${scope}`;
    await tx`update written set ${tx({ note: 'renamed' })} ${where}`;
  });
  expect(await fixture.written(scope)).toEqual(['renamed']);
});

test('a db whose client is not guarded is refused', () => {
  const db = drizzleOver(postgres(fixture.url, { max: 1 }));
  expect(() => drizzle(db)).toThrow(expect.objectContaining({ code: 'IDEMPOTENCY_OPTION_INVALID' }));
});

function survivesOver<Tx>(driver: Driver<Tx>) {
  test('an operation whose connection is lost runs again from its start, and has one effect', async () => {
    const { once, names } = onceOver(driver);
    const scope = aScope();
    let runs = 0;
    const late = gate();
    const zombieDone = gate();
    const answer = await once.transaction({ operation: 'order.create', scope, key: 'k', input: {} }, async (tx) => {
      if (++runs > 1) {
        await driver.write(tx, scope, `run ${runs}`);
        return { runs };
      }
      const query = driver.database.within(tx);
      await driver.write(tx, scope, 'run 1');
      await kill((await query('select pg_backend_pid()::text as pid'))[0]?.['pid']);
      await late.passed;
      await driver.write(tx, scope, 'zombie').catch(() => {});
      zombieDone.open();
      return { runs: 1 };
    });
    expect(answer).toEqual({ status: 'succeeded', value: { runs: 2 }, replayed: false });
    late.open();
    await zombieDone.passed;
    expect(await once.find('order.create', { scope, key: 'k' })).toMatchObject({
      state: 'succeeded',
      outcome: { runs: 2 },
    });
    expect(await fixture.written(scope)).toEqual(['run 2']);
    expect(names()).toContain('retried');
  });

  test('a pool of one connection is enough for callers, duplicates and calls at once', async () => {
    const { once } = onceOver(driver, { waitMs: 20_000 });
    const scope = aScope();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, caller) =>
        once.transaction({ operation: 'order.create', scope, key: `k${caller % 3}`, input: {} }, async (tx) => {
          await driver.write(tx, scope, `k${caller % 3}`);
          return caller;
        }),
      ),
    );
    expect(answers.every(({ status }) => status === 'succeeded')).toBe(true);
    expect((await fixture.written(scope)).sort()).toEqual(['k0', 'k1', 'k2']);
  });
}

describe('over postgres.js', () => survivesOver(fixture.driver({ max: 1 })));
describe('over Drizzle', () => survivesOver(fixture.viaDrizzle({ max: 1 })));
