// `pnpm customer export <e-mail>` prints what is stored of a person; `pnpm customer erase <e-mail> <who>` forgets them.
import { eraseCustomer, exportCustomer } from '@once/checkout';
import { connect, driverAddress } from '@once/db';
import { openPostgres } from '@once/local-postgres';
import { explain, StackError } from './errors.ts';
import { readSettings } from './settings.ts';

const USAGE = 'pnpm customer export <e-mail>, or: pnpm customer erase <e-mail> <your own e-mail, for the audit>';

try {
  const { dataDir, databaseUrl } = readSettings(process.env);
  const [verb, email = '', by = ''] = process.argv.slice(2);
  if (!email.includes('@') || !(verb === 'export' || (verb === 'erase' && by.includes('@')))) {
    throw new StackError('SETTING_INVALID', USAGE);
  }
  const server = await openPostgres({ dataDir, databaseUrl: databaseUrl && driverAddress(databaseUrl) });
  const connection = connect(server.url, { applicationName: 'once-customer' });
  try {
    const { db } = connection;
    const done = verb === 'export' ? await exportCustomer(db, email) : await eraseCustomer(db, email, `staff:${by}`);
    console.log(JSON.stringify(done, null, 2));
  } finally {
    await connection.close();
    await server.stop();
  }
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
