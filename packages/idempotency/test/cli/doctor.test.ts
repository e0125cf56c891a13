import { testDatabase } from '@once/local-postgres/testing';
import postgres from 'postgres';
import { expect, test } from 'vitest';
import { type Connected, connect } from '../../src/cli/connect.ts';
import { examine } from '../../src/cli/doctor.ts';

const { url } = await testDatabase('library');

/** What it finds wrong, after a change that is taken back afterwards. */
async function findings(change?: string, back?: string) {
  const admin = postgres(url, { max: 1, onnotice: () => {} });
  try {
    if (change) await admin.unsafe(change);
    return await examined(await connect(url));
  } finally {
    if (back) await admin.unsafe(back);
    await admin.end();
  }
}

async function examined(connected: Connected) {
  try {
    return (await examine(connected)).filter(({ verdict }) => verdict !== 'ok');
  } finally {
    await connected.close();
  }
}

// The server of the tests has these three off, as it may.
const durable = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

/** The same connection, on which some questions get another answer. */
function answering(connected: Connected, answers: Readonly<Record<string, string>>): Connected {
  const query: Connected['query'] = async (text, ...rest) => {
    const found = Object.entries(answers).find(([asked]) => text.includes(asked));
    return found ? [{ it: found[1] }] : await connected.query(text, ...rest);
  };
  return { ...connected, query };
}

test('a healthy database: nothing is wrong', async () => {
  const settings = { ...durable, idle_in_transaction_session_timeout: '10s' };
  const answers = Object.entries(settings).map(([name, value]) => [`current_setting('${name}')`, value] as const);
  expect(await examined(answering(await connect(url), Object.fromEntries(answers)))).toEqual([]);
});

const record = (state: number, due: string) => `insert into idempotency.record
  (id, scope, operation, key, version, fingerprint, state, due_at)
  values (gen_random_uuid(), 's', 'o', 'k', 1, '', ${state}, ${due})`;
const set = (name: string, value: string) => `do $$ begin execute format('alter database %I set ${name} = %L',
  current_database(), '${value}'); end $$`;
const reset = (name: string) =>
  `do $$ begin execute format('alter database %I reset ${name}', current_database()); end $$`;

test.each([
  ['fail', 'fsync is off', 'select 1', 'select 1'],
  ['fail', 'full_page_writes is off', 'select 1', 'select 1'],
  ['fail', 'synchronous_commit is off', set('synchronous_commit', 'off'), reset('synchronous_commit')],
  [
    'warn',
    'default_transaction_isolation is serializable',
    set('default_transaction_isolation', 'serializable'),
    reset('default_transaction_isolation'),
  ],
  ['warn', 'idle_in_transaction_session_timeout is 0', 'select 1', 'select 1'],
  [
    'fail',
    'idempotency.record is UNLOGGED',
    'alter table idempotency.record set unlogged',
    'alter table idempotency.record set logged',
  ],
  [
    'fail',
    'not migrated: 0002_operators.sql',
    "delete from idempotency.migration where name like '0002%'",
    "insert into idempotency.migration (name) values ('0002_operators.sql')",
  ],
  [
    'warn',
    'migrations of a newer release: 9999_later.sql',
    "insert into idempotency.migration (name) values ('9999_later.sql')",
    "delete from idempotency.migration where name like '9999%'",
  ],
  [
    'warn',
    'the table was made by another tool',
    'alter table idempotency.migration rename to elsewhere',
    'alter table idempotency.elsewhere rename to migration',
  ],
  [
    'fail',
    'the table idempotency.record is not there',
    'alter table idempotency.record rename to elsewhere',
    'alter table idempotency.elsewhere rename to record',
  ],
  [
    'warn',
    '1 records have been due for 5 minutes',
    record(0, "statement_timestamp() - interval '6 minutes'"),
    'truncate idempotency.record',
  ],
  [
    'warn',
    '1 records have been due for 5 minutes',
    record(1, "statement_timestamp() - interval '6 minutes'"),
    'truncate idempotency.record',
  ],
  ['warn', '1 records need a person', record(4, 'null'), 'truncate idempotency.record'],
])('%s: %s', async (verdict, what, change, back) => {
  expect(await findings(change, back)).toContainEqual({ verdict, what, fix: expect.stringMatching(/\w/) });
});

test('a role that may not read the records is told which grants it lacks', async () => {
  const admin = postgres(url, { max: 1, onnotice: () => {} });
  await admin.unsafe(
    "do $$ begin create role doctor_guest login password 'guest'; exception when others then null; end $$",
  );
  await admin.unsafe('grant usage on schema idempotency to doctor_guest');
  await admin.unsafe('grant select on idempotency.migration, idempotency.record to doctor_guest');
  await admin.end();
  const guest = new URL(url);
  guest.username = 'doctor_guest';
  guest.password = 'guest';
  expect(await examined(await connect(guest.href))).toContainEqual({
    verdict: 'fail',
    what: 'this role may not read and write records',
    fix: expect.stringContaining('grant'),
  });
});

// Settings of the whole server, which the other tests share: its answer is changed on the way instead.
test.each([
  ['warn', 'autovacuum is off', "current_setting('autovacuum')", 'off'],
  ['fail', 'Postgres 14', "current_setting('server_version_num')", '140011'],
  ['warn', 'Postgres 19', "current_setting('server_version_num')", '190000'],
  ['fail', 'this is a standby', 'pg_is_in_recovery()', 'true'],
  ['warn', /^the clocks are \d+\.\d s apart$/, 'extract(epoch from statement_timestamp()) * 1000', '0'],
])('%s: %s', async (verdict, what, asked, answer) => {
  const connected = answering(await connect(url), { [asked]: answer });
  expect(await examined(connected)).toContainEqual({
    verdict,
    what: typeof what === 'string' ? what : expect.stringMatching(what),
    fix: expect.stringMatching(/\w/),
  });
});
