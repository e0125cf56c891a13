// Vitest's global setup: one throw-away Postgres for the run, and the templates that `testDatabase` clones.
import { migrate } from '@once/db/migrate';
import { migrate as migrateLibrary } from '@once/idempotency/migrate';
import { postgresJs } from '@once/idempotency/postgres-js';
import { createTemplate, startTestPostgres } from '@once/local-postgres/testing';
import postgres from 'postgres';

export default async function setup(): Promise<() => Promise<void>> {
  const server = await startTestPostgres();
  try {
    await createTemplate('empty', async () => {});
    await createTemplate('library', async (url) => {
      const sql = postgres(url, { max: 1, onnotice: () => {} });
      try {
        await migrateLibrary(postgresJs(sql));
      } finally {
        await sql.end();
      }
    });
    await createTemplate('shop', migrate);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server.stop;
}
