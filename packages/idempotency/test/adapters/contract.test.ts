// The shipped contract, over every adapter that is shipped. vitest fails the file on any uncaught error, so a driver that
// ends the process after a lost connection is seen.
import { testDatabase } from '@once/local-postgres/testing';
import { describe, expect, test } from 'vitest';
import { contract, type Subject } from '../../src/testing/contract.ts';
import { overDrizzleOnPg, overDrizzleOnPostgresJs, overKysely, overPg, overPostgresJs } from './subjects.ts';

const { url } = await testDatabase('library');

function holdsFor<Tx>(name: string, subject: Subject<Tx>): void {
  describe(`the contract over ${name}`, () => {
    for (const { name: title, run } of contract(subject, { url })) {
      test(`${title}`, async () => {
        await expect(run()).resolves.toBeUndefined();
      });
    }
  });
}

holdsFor('postgres.js', overPostgresJs());
holdsFor('postgres.js, nothing prepared', overPostgresJs({ prepare: false }));
holdsFor('node-postgres', overPg());
holdsFor('node-postgres, nothing prepared', overPg({}, false));
holdsFor('node-postgres, pipelined', overPg({ pipeline: true }));
holdsFor('Drizzle on postgres.js', overDrizzleOnPostgresJs());
holdsFor('Drizzle on node-postgres', overDrizzleOnPg());
holdsFor('Kysely', overKysely());
