// Whether this Postgres, as this client reaches it, can keep the library's promises. Each check says how to mend it.
import type { Query } from '../database.ts';
import { readMigrations } from '../migrate.ts';
import type { Connected } from './connect.ts';
import { examinePooling } from './pooling.ts';

export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly what: string;
  /** What to do; absent when all is well. */
  readonly fix?: string;
}

type Check = (query: Query) => Promise<Finding>;

/** Looks only: nothing is changed. */
export async function examine(connected: Connected): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of server) findings.push(await check(connected.query));
  const table = await examineMigrations(connected.query);
  findings.push(table);
  if (table.verdict !== 'fail') for (const check of records) findings.push(await check(connected.query));
  findings.push(...(await examinePooling(connected)));
  return findings;
}

const ok = (what: string): Finding => ({ verdict: 'ok', what });
const fail = (what: string, fix: string): Finding => ({ verdict: 'fail', what, fix });
const warn = (what: string, fix: string): Finding => ({ verdict: 'warn', what, fix });

const one = async (query: Query, sql: string): Promise<string> =>
  (await query(`select (${sql})::text as it`))[0]?.['it'] ?? '';
const setting = (query: Query, name: string) => one(query, `current_setting('${name}')`);

const oldest = 15;
const newest = 18;

const server: readonly Check[] = [
  async (query) => {
    const major = Math.floor(Number(await setting(query, 'server_version_num')) / 10_000);
    if (major < oldest) return fail(`Postgres ${major}`, `Upgrade: ${oldest} is the oldest that is tested.`);
    if (major > newest) return warn(`Postgres ${major}`, `${newest} is the newest that this release was tested with.`);
    return ok(`Postgres ${major}`);
  },
  async (query) =>
    (await one(query, 'pg_is_in_recovery()')) === 'false'
      ? ok('this is a primary')
      : fail('this is a standby', 'Connect to the primary: a standby takes no writes and may be behind.'),
  on('fsync', 'fail', 'A crash of the machine loses or tears what was acknowledged.'),
  on('full_page_writes', 'fail', 'A crash may tear pages unless the file system writes 8 kB at once.'),
  async (query) => {
    const value = await setting(query, 'synchronous_commit');
    return value === 'off'
      ? fail('synchronous_commit is off', 'Turn it on for this role: a crash forgets outcomes that were answered.')
      : ok(`synchronous_commit is ${value}`);
  },
  async (query) => {
    const level = await setting(query, 'default_transaction_isolation');
    return level === 'read committed'
      ? ok('transactions are READ COMMITTED')
      : warn(
          `default_transaction_isolation is ${level}`,
          "alter role … set default_transaction_isolation = 'read committed': a duplicate gets 40001 and is run again.",
        );
  },
  on('autovacuum', 'warn', 'Every record is updated at least once: without vacuum the table only grows.'),
  async (query) =>
    (await setting(query, 'idle_in_transaction_session_timeout')) === '0'
      ? warn(
          'idle_in_transaction_session_timeout is 0',
          'Set it, to 10 s say: a process frozen inside a transaction keeps its locks until it is gone.',
        )
      : ok('silent transactions are ended'),
  async (query) => {
    const sentAt = Date.now();
    const server = Number(await one(query, 'extract(epoch from statement_timestamp()) * 1000'));
    const roundTripMs = Date.now() - sentAt;
    const apartMs = Math.max(0, Math.abs(server - (sentAt + roundTripMs / 2)) - roundTripMs / 2);
    return apartMs < 1_000
      ? ok('the clocks agree')
      : warn(
          `the clocks are ${(apartMs / 1_000).toFixed(1)} s apart`,
          'Run NTP on both. Nothing rests on it but the times in your logs: the library asks the database’s clock.',
        );
  },
];

function on(name: string, verdict: 'warn' | 'fail', why: string): Check {
  return async (query) =>
    (await setting(query, name)) === 'on'
      ? ok(`${name} is on`)
      : { verdict, what: `${name} is off`, fix: `alter system set ${name} = on; select pg_reload_conf(). ${why}` };
}

async function examineMigrations(query: Query): Promise<Finding> {
  if ((await one(query, "to_regclass('idempotency.record')")) === '') {
    return fail('the table idempotency.record is not there', 'once-idempotency migrate');
  }
  const known = (await readMigrations()).map(({ name }) => name);
  if ((await one(query, "to_regclass('idempotency.migration')")) === '') {
    return warn('the table was made by another tool', `See that it has applied ${known.join(', ')}.`);
  }
  const applied = (await query('select name from idempotency.migration')).map((row) => row['name'] ?? '');
  const missing = known.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !known.includes(name));
  if (missing.length > 0) return fail(`not migrated: ${missing.join(', ')}`, 'once-idempotency migrate');
  if (unknown.length > 0)
    return warn(`migrations of a newer release: ${unknown.join(', ')}`, 'Upgrade @once/idempotency.');
  return ok('the schema is up to date');
}

/** Of several in one call, Postgres asks for any. */
const mayDoAll = ['select', 'insert', 'update', 'delete']
  .map((privilege) => `has_table_privilege('idempotency.record', '${privilege}')`)
  .join(' and ');

const records: readonly Check[] = [
  async (query) =>
    (await one(query, "select relpersistence from pg_class where oid = 'idempotency.record'::regclass")) === 'u'
      ? fail('idempotency.record is UNLOGGED', 'alter table idempotency.record set logged: a crash empties it.')
      : ok('idempotency.record is logged'),
  async (query) =>
    (await one(query, mayDoAll)) === 'true'
      ? ok('this role may read and write records')
      : fail(
          'this role may not read and write records',
          'grant usage on schema idempotency, and select, insert, update, delete on idempotency.record, to it.',
        ),
  async (query) => {
    const late = Number(
      await one(
        query,
        `select count(*) from (select 1 from idempotency.record where state = 0
           and due_at < statement_timestamp() - interval '5 minutes' union all
         select 1 from idempotency.record where state = 1
           and due_at < statement_timestamp() - interval '5 minutes' limit 1000) as late`,
      ),
    );
    return late === 0
      ? ok('nothing is overdue')
      : warn(`${late} records have been due for 5 minutes`, 'Run a worker (createWorker) for their operations.');
  },
  async (query) => {
    const parked = Number(await one(query, 'select count(*) from idempotency.record where state = 4'));
    return parked === 0
      ? ok('nothing needs a person')
      : warn(`${parked} records need a person`, 'once-idempotency status shows which; then find, wake or resolve.');
  },
];
