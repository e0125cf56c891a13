import { testDatabase } from '@once/local-postgres/testing';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { migrate } from '../src/migrate.ts';

it('a transaction whose process goes silent is ended by the database, whoever opened it', async () => {
  const { url } = await testDatabase('shop');
  await migrate(url);
  const sql = postgres(url, { max: 1 });
  try {
    expect(await sql`show idle_in_transaction_session_timeout`).toEqual([
      { idle_in_transaction_session_timeout: '5s' },
    ]);
  } finally {
    await sql.end();
  }
});
