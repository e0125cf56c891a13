// The same contract through PgBouncer in transaction mode, by the drivers that every other adapter stands on.
import { pgBouncerVersion, startPgBouncer } from '@once/local-postgres/pgbouncer';
import { testDatabase } from '@once/local-postgres/testing';
import { afterAll, describe, expect, test } from 'vitest';
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
