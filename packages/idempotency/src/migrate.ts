import { checkDatabase, type Database } from './database.ts';
import { IdempotencyError } from './errors.ts';
import { migrations } from './migrations.ts';

const lock = "select pg_advisory_xact_lock(hashtextextended('@once/idempotency', 0))";

/**
 * Creates or updates the schema `idempotency`. Safe to run in any number of processes at once, and again.
 * @returns the names of the migrations that this call has applied, in order.
 * @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID when somebody has made the table UNLOGGED, or given a client.
 */
export async function migrate<Tx>(database: Database<Tx>): Promise<string[]> {
  checkDatabase(database);
  return await database.transaction(async (_tx, query) => {
    await query(lock);
    const [bookkeeping] = await query("select to_regclass('idempotency.migration')::text as there");
    if (bookkeeping?.['there'] == null) {
      await query('create schema if not exists idempotency');
      await query(`create table idempotency.migration (
        name text primary key,
        applied_at timestamptz not null default statement_timestamp()
      )`);
    }
    const done = new Set((await query('select name from idempotency.migration')).map((row) => row['name']));
    const open = (await readMigrations()).filter(({ name }) => !done.has(name));
    for (const { name, statements } of open) {
      for (const statement of statements) await query(statement);
      await query('insert into idempotency.migration (name) values ($1::text)', [name]);
    }
    const [table] = await query("select relpersistence::text from pg_class where oid = 'idempotency.record'::regclass");
    if (table?.['relpersistence'] !== 'p') throw unlogged();
    return open.map(({ name }) => name);
  });
}

/** The statements of each migration in order, for those who run migrations with a tool of their own. */
export async function readMigrations(): Promise<{ name: string; statements: string[] }[]> {
  return migrations.map(({ name, sql }) => ({ name, statements: split(sql) }));
}

/** After a crash it would be empty, and every operation would execute again. */
const unlogged = () =>
  new IdempotencyError(
    'IDEMPOTENCY_OPTION_INVALID',
    'a crash would empty idempotency.record, which is UNLOGGED: alter table idempotency.record set logged',
  );

// One statement per message: a distributed Postgres refuses several. Our files hold no quoted semicolon or dashes.
const split = (sql: string): string[] =>
  sql
    .replace(/--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
