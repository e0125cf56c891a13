import { fileURLToPath } from 'node:url';
import { migrate as migrateLibrary } from '@once/idempotency/migrate';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as migrateShop } from 'drizzle-orm/postgres-js/migrator';
import postgres, { type Sql } from 'postgres';
import { driverAddress } from './address.ts';
import { grant } from './grants.ts';
import { limitIdleTransactions } from './limits.ts';
import { addTrigrams } from './trigrams.ts';

// Any number; every process that migrates takes the same one.
const LOCK = 4_217_001;

/**
 * Brings a database up to date: the library's schema, then the shop's, then the grants. Safe to run any number of times
 * and in several processes at once. Through a transaction pooler too: it needs two connections.
 *
 * @param url as the tables' owner
 */
export async function migrate(url: string): Promise<void> {
  const lock = guarded(open(url));
  try {
    await lock.begin(async (tx) => {
      await tx`set local idle_in_transaction_session_timeout = 0`; // set below, and all this transaction does is wait
      // Until this transaction ends. A session's lock would stay behind with a pooler, and keep everybody out for good.
      await tx`select pg_advisory_xact_lock(${LOCK})`;
      await migrateInside(url);
    });
  } finally {
    await lock.end();
  }
}

async function migrateInside(url: string): Promise<void> {
  // Drizzle changes the parsers of the client that it is given, so it gets one of its own.
  for (const work of [migrateTheLibrary, migrateTheShop]) {
    const sql = open(url);
    try {
      await work(sql);
    } finally {
      await sql.end();
    }
  }
}

const migrateTheLibrary = async (sql: Sql) => void (await migrateLibrary(postgresJs(sql)));

async function migrateTheShop(sql: Sql): Promise<void> {
  await migrateShop(drizzle(sql), { migrationsFolder: fileURLToPath(new URL('../migrations', import.meta.url)) });
  await grant(sql);
  await limitIdleTransactions(sql);
  await addTrigrams(sql);
}

const open = (url: string) => postgres(driverAddress(url), { max: 1, onnotice: () => {}, connect_timeout: 10 });
