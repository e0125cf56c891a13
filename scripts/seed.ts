// `pnpm seed`: fills the catalogue of the database that `pnpm start` would use.
import { driverAddress } from '@once/db';
import { migrate } from '@once/db/migrate';
import { seed } from '@once/db/seed';
import { openPostgres } from '@once/local-postgres';
import { explain } from './errors.ts';
import { readSettings } from './settings.ts';

try {
  const { dataDir, databaseUrl } = readSettings(process.env);
  const server = await openPostgres({ dataDir, databaseUrl: databaseUrl && driverAddress(databaseUrl) });
  try {
    await migrate(server.url);
    console.log(
      (await seed(server.url)) ? 'Catalogue filled with 24 prints.' : 'The catalogue was there; nothing changed.',
    );
  } finally {
    await server.stop();
  }
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
