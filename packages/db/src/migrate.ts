import { fileURLToPath } from 'node:url';
import { migrate as migrateLibrary } from '@once/idempotency/migrate';
import { postgresJs } from '@once/idempotency/postgres-js';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as migrateShop } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { grant } from './grants.ts';
import { limitIdleTransactions } from './limits.ts';

// Any number; every process that migrates takes the same one.
const LOCK = 4_217_001;

/**
 * Brings a database up to date: the library's schema, then the shop's, then the grants. Safe to run any number of times
 * and in several processes at once.
 *
 * @param url a direct connection, as the tables' owner: a session lock does not survive a transaction pooler
 */
export async function migrate(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 10 });
  try {
    await sql`select pg_advisory_lock(${LOCK})`;
    await migrateLibrary(postgresJs(sql));
    await grantAfter(url);
  } finally {
    await sql.end();
  }
}

/** Drizzle changes the parsers of the client that it is given, so it gets one of its own, inside the lock. */
async function grantAfter(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await migrateShop(drizzle(sql), { migrationsFolder: fileURLToPath(new URL('../migrations', import.meta.url)) });
    await grant(sql);
    await limitIdleTransactions(sql);
  } finally {
    await sql.end();
  }
}
