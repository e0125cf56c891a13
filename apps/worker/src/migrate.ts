// `node src/migrate.ts`: brings the tables of DATABASE_URL up to date, as their owner. Any number of times, by any number at once.
import { SecretError, withSecretFiles } from '@once/checkout/secrets';
import { DatabaseUrlError } from '@once/db';
import { migrate } from '@once/db/migrate';
import { createLog } from './log.ts';

const log = createLog();

try {
  const { DATABASE_URL: url } = withSecretFiles(process.env);
  if (!url) throw new SecretError('DATABASE_URL: needed, as the owner of the tables');
  await migrate(url);
  log.info('tables are up to date');
} catch (error) {
  const isOurs = error instanceof SecretError || error instanceof DatabaseUrlError;
  log.fatal(isOurs ? error.message : { err: error });
  process.exitCode = 1;
}
