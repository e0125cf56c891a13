import { testDatabase } from '@once/local-postgres/testing';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP_ROLE } from '../src/grants.ts';
import { seed } from '../src/seed/seed.ts';

const DENIED = '42501';

describe('the role that web and worker use', () => {
  let app: postgres.Sql;

  beforeAll(async () => {
    const { url } = await testDatabase('shop');
    await seed(url);
    const owner = postgres(url, { max: 1 });
    // The session becomes the role for good: `reset role` would not bring the owner back.
    await owner.unsafe(`set session authorization ${APP_ROLE}`);
    app = owner;
  });
  afterAll(() => app.end());

  it.each(['ledger_posting', 'audit'])('cannot change, delete or empty %s', async (table) => {
    const column = table === 'audit' ? 'action' : 'credit';
    await expect(app.unsafe(`update ${table} set ${column} = 'other'`)).rejects.toMatchObject({ code: DENIED });
    await expect(app.unsafe(`delete from ${table}`)).rejects.toMatchObject({ code: DENIED });
    await expect(app.unsafe(`truncate ${table}`)).rejects.toMatchObject({ code: DENIED });
  });

  it('can append to both, and read them', async () => {
    await app`insert into ledger_posting (order_id, provider_object_id, kind, debit, credit, amount_minor, currency)
      values (gen_random_uuid(), 'ch_1', 'charge', 'provider_balance', 'sales', 100, 'EUR')`;
    await app`insert into audit (subject_id, id, actor, action) values (gen_random_uuid(), gen_random_uuid(), 'test', 'looked')`;
    const [row] =
      await app`select (select count(*) > 0 from ledger_posting) as posted, (select count(*) from audit) as n`;
    expect(row).toEqual({ posted: true, n: '1' });
  });

  it('cannot post one provider object twice to an order', async () => {
    const post =
      () => app`insert into ledger_posting (order_id, provider_object_id, kind, debit, credit, amount_minor, currency)
      values ('0190a000-0000-7000-8000-000000000001', 'ch_2', 'charge', 'provider_balance', 'sales', 100, 'EUR')`;
    await post();
    await expect(post()).rejects.toMatchObject({ code: '23505' });
  });

  it('cannot change the shape of a table, nor take the privilege back', async () => {
    await expect(app`alter table audit add column x int`).rejects.toMatchObject({ code: DENIED });
    await app.unsafe(`grant update on audit to ${APP_ROLE}`).catch(() => {});
    await expect(app`update audit set action = 'other'`).rejects.toMatchObject({ code: DENIED });
  });

  it('can work on orders and on the library’s records', async () => {
    expect((await app`update orders set review_reason = 'look' where state = 'paid'`).count).toBeGreaterThan(0);
    expect((await app`delete from idempotency.record`).count).toBe(0);
  });
});
