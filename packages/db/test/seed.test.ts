import { testDatabase } from '@once/local-postgres/testing';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeedError, seed } from '../src/seed/seed.ts';

const TABLES = [
  ['edition', 'id'],
  ['framing', 'edition_id, frame'],
  ['copy', 'edition_id, number'],
  ['cart', 'id'],
  ['cart_line', 'cart_id, edition_id, number'],
  ['checkout', 'id'],
  ['orders', 'id'],
  ['order_line', 'order_id, line'],
  ['payment', 'order_id'],
  ['payment_attempt', 'order_id, attempt'],
  ['ledger_posting', 'order_id, provider_object_id, kind'],
  ['refund', 'order_id, id'],
  ['outbox', 'order_id, kind'],
] as const;

/** Every row of the shop as text, table by table. */
async function everything(sql: postgres.Sql): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const [table, order] of TABLES) {
    const found = await sql.unsafe<{ line: string }[]>(`select t::text as line from ${table} t order by ${order}`);
    rows[table] = found.map(({ line }) => line);
  }
  return rows;
}

async function open(): Promise<{ url: string; sql: postgres.Sql }> {
  const { url } = await testDatabase('shop');
  return { url, sql: postgres(url, { max: 2, onnotice: () => {} }) };
}

describe('the seeded shop', () => {
  let sql: postgres.Sql;
  let url: string;

  beforeAll(async () => {
    ({ url, sql } = await open());
    await seed(url);
  });
  afterAll(() => sql.end());

  const count = async (query: string): Promise<number> => {
    const [row] = await sql.unsafe<{ n: string }[]>(`select count(*) as n from (${query}) q`);
    return Number(row?.n);
  };

  it('has 24 prints, some nearly sold out, one with a single copy, some sold out, one untouched', async () => {
    const left = await sql<{ slug: string; copies: number; free: number }[]>`
      select e.slug, e.copies, count(*) filter (where c.state = 'available')::int as free
      from edition e join copy c on c.edition_id = e.id group by e.id`;
    expect(left).toHaveLength(24);
    expect(left.filter(({ free }) => free === 0).map(({ slug }) => slug)).toEqual(
      expect.arrayContaining(['low-tide', 'return-journey']),
    );
    expect(left.find(({ slug }) => slug === 'night-bus-over-hills')).toMatchObject({ free: 1 });
    expect(left.find(({ slug }) => slug === 'slow-weather')).toMatchObject({ copies: 40, free: 40 });
    expect(left.filter(({ free }) => free >= 2 && free <= 5).length).toBeGreaterThan(0);
  });

  it('numbers the copies of each edition from 1 without a gap', async () => {
    expect(
      await count(`select edition_id from copy join edition on edition.id = edition_id
        group by edition_id, copies having count(*) <> copies or min(number) <> 1 or max(number) <> copies`),
    ).toBe(0);
  });

  it('has orders in every state, and one paid order that a person must look at', async () => {
    const states = await sql<{ state: string }[]>`select distinct state from orders order by state`;
    expect(states.map(({ state }) => state)).toEqual(['cancelled', 'paid', 'refunded', 'reserved', 'returned']);
    expect(await count(`select 1 from orders where state = 'paid' and review_reason is not null`)).toBe(1);
  });

  it('conserves copies: what is sold is on the lines of paid orders, each once', async () => {
    const sold = `select edition_id, number, held_by from copy where state = 'sold'`;
    const bought = `select edition_id, number, order_id from order_line join orders on id = order_id where state = 'paid'`;
    expect(await count(sold)).toBeGreaterThan(300);
    expect(await count(sold)).toBe(await count(bought));
    expect(await count(`(${sold}) except (${bought})`)).toBe(0);
    expect(await count(`select edition_id, number from (${bought}) b group by 1, 2 having count(*) > 1`)).toBe(0);
  });

  it('conserves money: every charge is posted once, over the amount that was captured, and given back where it says so', async () => {
    expect(
      await count(`select o.id from orders o join payment p on p.order_id = o.id
        left join ledger_posting c on c.order_id = o.id and c.kind = 'charge'
        left join ledger_posting r on r.order_id = o.id and r.kind = 'refund'
        where o.paid_at is not null and (p.captured_minor <> o.total_minor or c.amount_minor is distinct from o.total_minor)
           or o.paid_at is null and (p.captured_minor <> 0 or c.order_id is not null)
           or (o.state in ('refunded', 'returned')) <> (r.order_id is not null)
           or p.refunded_minor <> coalesce(r.amount_minor, 0)`),
    ).toBe(0);
    expect(
      await count(`select o.id from orders o join order_line l on l.order_id = o.id
        group by o.id having o.subtotal_minor <> sum(l.price_minor)`),
    ).toBe(0);
  });

  it('has one attempt that paid for each charge, numbered after those that were declined', async () => {
    expect(
      await count(`select o.id from orders o join checkout c on c.id = o.id
        left join payment_attempt a on a.order_id = o.id
        group by o.id, c.refusals
        having count(*) filter (where a.state = 'paid') <> (o.paid_at is not null)::int
            or count(*) filter (where a.state = 'declined') <> c.refusals
            or max(a.attempt) filter (where a.state = 'paid') <> c.refusals`),
    ).toBe(0);
  });

  it('leaves a worker nothing to do: no mail is due, no hold has ended, no attempt is open', async () => {
    expect(await count(`select 1 from outbox where delivered_at is null`)).toBe(0);
    expect(
      await count(`select 1 from checkout where state = 'open' and hold_until < now() + interval '50 years'`),
    ).toBe(0);
    expect(await count(`select 1 from cart_line where hold_until < now() + interval '50 years'`)).toBe(0);
    expect(await count(`select 1 from payment where open_attempt is not null`)).toBe(0);
    expect(await count(`select 1 from payment_attempt where state = 'open'`)).toBe(0);
    expect(await count(`select 1 from idempotency.record`)).toBe(0);
  });

  it('changes nothing when it runs again after somebody has bought a copy', async () => {
    await sql`update copy set state = 'held', held_by = gen_random_uuid()
      where edition_id = (select id from edition where slug = 'slow-weather') and number = 3`;
    await sql`update edition set price_minor = 15000 where slug = 'slow-weather'`;
    const before = await everything(sql);
    expect(await seed(url)).toBe(false);
    expect(await everything(sql)).toEqual(before);
  });
});

it('writes the same rows into every database', async () => {
  const [first, second] = [await open(), await open()];
  expect(await Promise.all([seed(first.url), seed(second.url)])).toEqual([true, true]);
  const [one, two] = [await everything(first.sql), await everything(second.sql)];
  expect(one).toEqual(two);
  await Promise.all([first.sql.end(), second.sql.end()]);
});

it('is written once by processes that seed at the same time', async () => {
  const { url, sql } = await open();
  const wrote = await Promise.all([seed(url), seed(url), seed(url)]);
  expect(wrote.filter(Boolean)).toHaveLength(1);
  const [{ n } = { n: 0 }] = await sql<{ n: number }[]>`select count(*)::int as n from edition`;
  expect(n).toBe(24);
  await sql.end();
});

it('refuses a catalogue in which a print has one of its names, and writes nothing', async () => {
  const { url, sql } = await open();
  await sql`insert into edition (id, slug, title, studio, statement, style, palette, stock, format, copies, price_minor, currency, published_at)
    values (gen_random_uuid(), 'lee-shore', 'Lee Shore', 's', 's', 'flow', 'ash', 'light', 'portrait', 5, 100, 'EUR', now())`;
  await expect(seed(url)).rejects.toThrow(SeedError);
  const [{ n } = { n: -1 }] = await sql<{ n: number }[]>`select count(*)::int as n from edition`;
  expect(n).toBe(1);
  await sql.end();
});
