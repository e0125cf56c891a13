// A file of tests leaves its database behind. That is no matter once; here every file runs some hundred times.
import postgres from 'postgres';
import { afterAll } from 'vitest';

afterAll(async () => {
  const admin = postgres(process.env['TEST_POSTGRES_URL'] ?? '', { max: 1, onnotice: () => {} });
  try {
    const left = await admin<{ datname: string }[]>`select datname from pg_database
      where starts_with(datname, ${`once_test_${process.env['TEST_POSTGRES_RUN']}_`}) and datallowconn`;
    for (const { datname } of left) await admin`drop database if exists ${admin(datname)} with (force)`;
  } finally {
    await admin.end({ timeout: 1 });
  }
});
