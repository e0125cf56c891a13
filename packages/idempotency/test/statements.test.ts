// The rules that keep the statements fit for PgBouncer and for a distributed Postgres, checked on their texts.
import { expect, test } from 'vitest';
import { readMigrations } from '../src/migrate.ts';
import * as statements from '../src/statements.ts';
import { openFixture } from './fixture.ts';

const fixture = await openFixture();
const texts = Object.entries(statements).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
/** Not on the path of a request: they read many records, or move a batch. */
const ofWorkers = /^(abandoned|wakened|stranded.*|pastRetention|expire|forget)$/;
const paid = texts.filter(([name]) => !ofWorkers.test(name));

test('these are all of them', () => {
  expect(texts.map(([name]) => name).sort()).toEqual([
    'abandoned',
    'advance',
    'bury',
    'claim',
    'claimAgain',
    'expire',
    'find',
    'finish',
    'forget',
    'inspect',
    'park',
    'pastRetention',
    'remember',
    'renew',
    'reopen',
    'settle',
    'strandedInFlight',
    'strandedWaiting',
    'takeOver',
    'wait',
    'wake',
    'wakened',
  ]);
});

test.each(texts)(
  '%s: one plain statement, no lock, no session state, no named object of the session',
  (_name, text) => {
    expect(text).not.toMatch(
      /;|for (no key )?update|for share|skip locked|advisory|listen|notify|set_config|set local|nextval|merge into/i,
    );
    expect(text).not.toMatch(/with .+ as .*(insert|update|delete)/is); // no data-modifying CTE
  },
);

test.each(texts)('%s: the clock is statement_timestamp() alone, and stands nowhere in RETURNING', (_name, text) => {
  expect(text).not.toMatch(/\bnow\(\)|clock_timestamp|current_timestamp|transaction_timestamp|localtime/i);
  expect(text.split(/\breturning\b/i)[1] ?? '').not.toMatch(/timestamp\(\)|set_config|random/i);
});

test.each(texts)('%s: every parameter is text with a cast, every answer text', (_name, text) => {
  expect(text.match(/\$\d+/g)?.length).toBe(text.match(/\$\d+::text/g)?.length);
});

test.each(paid)('%s: one row, by its id', (_name, text) => {
  expect(text).not.toMatch(/\blimit\b/i);
  if (!text.includes('insert into')) expect(text).toMatch(/where id = \$1::text::uuid/);
});

// finish and remember run in the transaction that has inserted the row: nobody else can see it yet.
const changes = paid.filter(([name, text]) => /^\s*update/.test(text) && name !== 'finish' && name !== 'remember');

test.each(changes)('%s: the guard of the change is in its WHERE, and its answer says whether it held', (name, text) => {
  expect(text).toMatch(/where id = .*\bstate (= 0|= 5|= \$3|in \()/s);
  expect(text).toMatch(/\breturning\b/);
  const fenced = ['advance', 'settle', 'wait', 'renew'].includes(name);
  expect(/fence = \$2::text::integer and state = 0/.test(text)).toBe(fenced);
});

test.each([statements.expire, statements.forget])(
  'expiry is by id, and of what is settled and past its time',
  (text) => {
    expect(text).toMatch(
      /where record\.id = candidate\.id and state (in \(2, 3\)|= 5) and retained_until <= statement_timestamp\(\)\s+returning/,
    );
  },
);

test.each(texts)('%s: the server prepares it with text parameters only', async (name, text) => {
  const connection = await fixture.admin.reserve();
  await connection.unsafe(`prepare check_${name} as ${text}`);
  const [row] = await connection`select parameter_types::text[] as types, result_types::text[] as results
    from pg_prepared_statements where name = ${`check_${name.toLowerCase()}`} or name = ${`check_${name}`}`;
  await connection.unsafe(`deallocate check_${name}`);
  connection.release();
  expect(new Set(row?.['types'])).toEqual(new Set(['text']));
  expect(new Set(row?.['results'] ?? ['text'])).toEqual(new Set(['text']));
});

test('the worker finds its candidates by the partial indexes, not by reading the table', async () => {
  await fixture.admin`insert into idempotency.record
      (id, scope, operation, key, version, fingerprint, state, retained_until)
    select gen_random_uuid(), 's', 'o', g::text, 1, '', 2, statement_timestamp() from generate_series(1, 5000) as g`;
  await fixture.admin`analyze idempotency.record`;
  for (const [text, index] of [
    [statements.abandoned, 'record_in_flight'],
    [statements.wakened, 'record_waiting'],
    [statements.strandedInFlight, 'record_in_flight'],
    [statements.strandedWaiting, 'record_waiting'],
    [statements.pastRetention.replace('$1', '$3'), 'record_retention'],
  ] as const) {
    const query = text.replace('$1', `'{o@1}'`).replace('$2', `'{}'`).replace('$3', `'20'`);
    const plan = await fixture.admin.unsafe(`explain ${query}`);
    expect(JSON.stringify(plan)).toContain(index);
  }
});

test('a migration is one statement per message', async () => {
  const migrations = await readMigrations();
  expect(migrations.map(({ name, statements: each }) => [name, each.length])).toEqual([
    ['0001_init.sql', 4],
    ['0002_operators.sql', 2],
  ]);
  for (const { statements: each } of migrations) {
    for (const statement of each) expect(statement).not.toContain(';');
  }
});

test('the table refuses a record whose columns do not fit its state', async () => {
  const insert = (state: number, due: string, retained: string, body: string) =>
    fixture.admin.unsafe(`insert into idempotency.record
      (id, scope, operation, key, version, fingerprint, state, due_at, retained_until, outcome)
      values (gen_random_uuid(), 's', 'o', 'k', 1, '', ${state}, ${due}, ${retained}, ${body})`);
  const now = 'statement_timestamp()';
  for (const [state, due, retained, body] of [
    [0, 'null', 'null', 'null'],
    [1, 'null', 'null', 'null'],
    [0, now, now, 'null'],
    [2, now, now, 'null'],
    [2, 'null', 'null', 'null'],
    [4, now, 'null', 'null'],
    [5, 'null', now, "'1'"],
    [6, 'null', now, 'null'],
    [-1, 'null', now, 'null'],
  ] as const) {
    await expect(insert(state, due, retained, body)).rejects.toMatchObject({ code: '23514' });
  }
});
