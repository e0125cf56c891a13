// The same contract through PgBouncer in transaction mode, by the drivers that every other adapter stands on.
import { pgBouncerVersion, startPgBouncer } from '@once/local-postgres/pgbouncer';
import { testDatabase } from '@once/local-postgres/testing';
import postgres from 'postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { guarded } from '../../src/adapters/postgres-js.ts';
import { contract, type Subject } from '../../src/testing/contract.ts';
import { overPg, overPostgresJs } from './subjects.ts';

const version = pgBouncerVersion();
const { url } = await testDatabase('library');
const pooler = version === undefined ? undefined : await startPgBouncer(url);
afterAll(() => pooler?.stop());

/** The address as drivers read it: the query parameter is the shop's own. */
const address = () => (pooler?.url ?? url).split('?')[0] ?? url;

function holdsFor<Tx>(name: string, subject: Subject<Tx>): void {
  describe.skipIf(pooler === undefined)(`the contract over ${name}, through PgBouncer`, () => {
    for (const { name: title, run } of contract(subject, { url: address() })) {
      test(`${title}`, async () => {
        await expect(run()).resolves.toBeUndefined();
      });
    }
  });
}

holdsFor('postgres.js', overPostgresJs({ prepare: false }));
holdsFor('node-postgres', overPg({}, false));

test.skipIf(pooler === undefined)(
  'postgres.js: more queries at once than it has connections are all answered',
  async () => {
    const sql = guarded(postgres(address(), { max: 1, prepare: false, onnotice: () => {} }) as postgres.Sql);
    // Without turns, the pooler loses the answer to one of them in nearly every round, and it waits for ever.
    for (let round = 0; round < 20; round++) {
      const numbers = Array.from({ length: 12 }, (_, n) => n);
      const answers = await Promise.all(
        numbers.map((n) =>
          n % 3 === 0
            ? sql`select ${n}::int as n`
            : sql.unsafe(n % 3 === 1 ? `select ${n} as n` : 'select $1::int as n', n % 3 === 1 ? [] : [n]),
        ),
      );
      expect(answers.map(([row]) => row?.['n'])).toEqual(numbers);
    }
    await sql.end();
  },
);
