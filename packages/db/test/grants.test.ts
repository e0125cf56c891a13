import { createOnce, workflow } from '@once/idempotency';
import { postgresJs } from '@once/idempotency/postgres-js';
import { testDatabase } from '@once/local-postgres/testing';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../src/grants.ts';
import { seed } from '../src/seed/seed.ts';

const DENIED = '42501';
const WEB_ONLY = ['rate_limit', 'auth_rate_limit', 'auth_session', 'auth_account', 'auth_verification'];
const RECORD = '0190a000-0000-7000-8000-00000000000a';

let url: string;
const opened: postgres.Sql[] = [];

/** Sessions that have become the role for good: `reset role` would not bring the owner back. */
async function as(role: Role): Promise<postgres.Sql> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  opened.push(sql);
  await sql.unsafe(`set session authorization ${ROLES[role]}`);
  return sql;
}

let owner: postgres.Sql;
beforeAll(async () => {
  ({ url } = await testDatabase('shop'));
  await seed(url);
  owner = postgres(url, { max: 1 });
  opened.push(owner);
  await owner`insert into idempotency.record (id, version, state, fingerprint, scope, operation, key, outcome, retained_until)
    values (${RECORD}, 1, 2, 'x', 's', 'o', 'k', '"paid"', statement_timestamp() + interval '1 day')`;
});
afterAll(() => Promise.all(opened.map((sql) => sql.end())));

const expectDenied = async (query: PromiseLike<unknown>) => await expect(query).rejects.toMatchObject({ code: DENIED });

describe.each(['web', 'worker'] as const)('the role of the %s', (role) => {
  let app: postgres.Sql;
  beforeAll(async () => {
    app = await as(role);
  });

  it.each(['ledger_posting', 'audit'])('cannot change, delete or empty %s', async (table) => {
    const column = table === 'audit' ? 'action' : 'credit';
    await expectDenied(app.unsafe(`update ${table} set ${column} = 'other'`));
    await expectDenied(app.unsafe(`delete from ${table}`));
    await expectDenied(app.unsafe(`truncate ${table}`));
  });

  it('can append to both, and read them', async () => {
    await app`insert into ledger_posting (order_id, provider_object_id, kind, debit, credit, amount_minor, currency)
      values (gen_random_uuid(), 'ch_1', 'charge', 'provider_balance', 'sales', 100, 'EUR')`;
    await app`insert into audit (subject_id, id, actor, action) values (gen_random_uuid(), gen_random_uuid(), 'test', 'looked')`;
    const [row] =
      await app`select (select count(*) > 0 from ledger_posting) as posted, (select count(*) > 0 from audit) as said`;
    expect(row).toEqual({ posted: true, said: true });
  });

  it('cannot change a record that is settled, nor remove it', async () => {
    const { count } = await app`update idempotency.record set outcome = '"declined"' where id = ${RECORD}`;
    expect(count).toBe(0);
    const removed = app`delete from idempotency.record where id = ${RECORD}`;
    if (role === 'web') await expectDenied(removed);
    else expect((await removed).count).toBe(0);
    expect(await owner`select outcome from idempotency.record where id = ${RECORD}`).toMatchObject([
      { outcome: '"paid"' },
    ]);
  });

  it('cannot delete what was ordered, paid or sold', async () => {
    const sold = ['orders', 'order_line', 'payment', 'payment_attempt', 'refund', 'copy', 'edition'];
    for (const table of [...sold, 'provider_event', 'ledger_comparison', 'ledger_difference']) {
      await expectDenied(app.unsafe(`delete from ${table}`));
    }
  });

  it('cannot change the shape of a table, lift a guard, nor take a privilege back', async () => {
    await expectDenied(app`alter table audit add column x int`);
    await expectDenied(app`alter table idempotency.record disable row level security`);
    await expectDenied(app`drop policy once_web_moves on idempotency.record`);
    await app.unsafe(`grant update on audit to ${ROLES[role]}`).catch(() => {});
    await expectDenied(app`update audit set action = 'other'`);
    await expectDenied(app.unsafe(`set role ${ROLES[role === 'web' ? 'worker' : 'web']}`));
  });

  it('can work on orders, and finish operations of both kinds', async () => {
    expect((await app`update orders set review_reason = 'look' where state = 'paid'`).count).toBeGreaterThan(0);
    const once = createOnce({ database: postgresJs(app) });
    const born = await once.transaction(
      { scope: role, operation: 'born.settled', key: 'k1', input: {} },
      async (tx) => (await tx`select 7 as n`)[0]?.['n'] as number,
    );
    expect(born).toMatchObject({ status: 'succeeded', value: 7 });
    const steps = workflow('two.steps')
      .transaction('first', async () => 1)
      .transaction('second', async () => 2);
    const done = await once.run(steps, { scope: role, key: 'k2', input: null });
    expect(done).toMatchObject({ status: 'succeeded' });
    const { count } = await app`update idempotency.record set outcome = 'x' where scope = ${role}`;
    expect(count, 'settled now').toBe(0);
  });
});

it('cannot post one provider object twice to an order, whoever posts', async () => {
  const web = await as('web');
  const post =
    () => web`insert into ledger_posting (order_id, provider_object_id, kind, debit, credit, amount_minor, currency)
    values ('0190a000-0000-7000-8000-000000000001', 'ch_2', 'charge', 'provider_balance', 'sales', 100, 'EUR')`;
  await post();
  await expect(post()).rejects.toMatchObject({ code: '23505' });
});

it('the worker removes what is past its retention, and counts nobody’s tries', async () => {
  const worker = await as('worker');
  await owner`insert into idempotency.record (id, version, state, fingerprint, scope, operation, key, outcome, retained_until)
    values (gen_random_uuid(), 1, 2, 'x', 'old', 'o', 'k', '"paid"', statement_timestamp() - interval '1 day')`;
  const emptied = await worker`update idempotency.record set state = 5, outcome = null where scope = 'old'`;
  expect(emptied.count).toBe(1);
  expect((await worker`delete from idempotency.record where scope = 'old'`).count).toBe(1);
  for (const table of WEB_ONLY) {
    await expectDenied(worker.unsafe(`select * from ${table}`));
  }
});

it('a reader reads, and writes nothing', async () => {
  const reader = await as('reader');
  expect((await reader`select state from orders limit 1`).length).toBe(1);
  expect((await reader`select state from idempotency.record where id = ${RECORD}`).length).toBe(1);
  for (const table of ['orders', 'cart', 'audit', 'idempotency.record', 'outbox']) {
    await expectDenied(reader.unsafe(`delete from ${table}`));
  }
  for (const table of ['outbox', ...WEB_ONLY]) {
    await expectDenied(reader.unsafe(`select * from ${table}`));
  }
  await expectDenied(reader`update orders set review_reason = 'look'`);
  await expectDenied(
    reader`insert into audit (subject_id, id, actor, action) values (gen_random_uuid(), gen_random_uuid(), 'x', 'x')`,
  );
});
