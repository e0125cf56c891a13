// The rules that keep the shop fit for a distributed Postgres (docs/scaling.md), on a plain one: its tables are cut into
// partitions by hash, which refuses a uniqueness without the column that decides, and every statement of a purchase is read.
import { connect, schema } from '@once/db';
import { PLACES, type Place } from '@once/db/distribution';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { afterAll, describe, expect, it } from 'vitest';
import { refundOrder, type Shop } from '../src/index.ts';

import { atCheckout, conservation, finishDue, paidOrder, pay, refundRequest, shopOfFile } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 20 });
const connection = connect(test.url, { max: 20 });
afterAll(() => connection.close());

const placed = Object.entries(PLACES).flatMap(([table, place]) =>
  typeof place === 'string' ? [] : [{ table, ...place }],
);

describe('the tables', () => {
  const rows = async <T extends Record<string, unknown>>(text: string) => await test.db.execute<T>(sql.raw(text));
  const OURS = `n.nspname in ('public', 'idempotency')`;

  it('have a place each', async () => {
    const found = await rows<{ name: string }>(`
      select case n.nspname when 'public' then relname else n.nspname || '.' || relname end as name
      from pg_class c join pg_namespace n on n.oid = relnamespace where relkind in ('r', 'p') and ${OURS}`);
    expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(PLACES).sort());
  });

  it('have no trigger, no serial, no identity', async () => {
    expect(
      await rows(`select tgname from pg_trigger t join pg_class c on c.oid = tgrelid
      join pg_namespace n on n.oid = relnamespace where not tgisinternal and ${OURS}`),
    ).toEqual([]);
    expect(
      await rows(`select relname from pg_class c join pg_namespace n on n.oid = relnamespace
      where relkind = 'S' and ${OURS}`),
    ).toEqual([]);
  });

  it('refer to each other only where both are in one place', async () => {
    const references = await rows<{ from: string; to: string }>(`
      select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint where contype = 'f'`);
    expect(references.length).toBeGreaterThan(0);
    for (const { from, to } of references) expect([PLACES[from], PLACES[to]]).toEqual(['in one place', 'in one place']);
  });

  it('are unique by nothing that leaves out the column that says where a row is', async () => {
    const keys = await rows<{ name: string; table: string; columns: string[] }>(`
      select i.indexrelid::regclass::text as name, i.indrelid::regclass::text as table,
        array(select attname::text from pg_attribute where attrelid = i.indrelid and attnum = any(i.indkey)) as columns
      from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
      where i.indisunique and ${OURS}`);
    const without = keys.filter(({ table, columns }) => {
      const place = PLACES[table];
      return typeof place === 'object' && !columns.includes(place.by);
    });
    expect(without).toEqual([]);
  });
});

/** It has one key and is found by nothing else. A claim returns xmin, which Postgres knows of no table of partitions; of a shard it does. */
const RECORD = 'idempotency.record';

describe('on tables that are cut by that column', () => {
  it('a purchase, a decline, a refund and a takeover are what they are elsewhere', async () => {
    for (const { table, by } of placed) if (table !== RECORD) await cut(table, by);
    const { shop, statements } = recorded();

    const paid = await paidOrder(shop, test.slug);
    const at = await atCheckout(shop, test.slug);
    expect(await pay(shop, at, 'pm_card_chargeDeclined')).toMatchObject({ answer: 'declined' });
    expect(await pay(shop, at)).toMatchObject({ answer: 'paid' });
    await refundOrder(shop, refundRequest(paid.orderId, paid.totalMinor));
    await finishDue(shop);

    expect(await provider.charges(at.checkoutId)).toHaveLength(1);
    expect(await conservation(test.shop)).toMatchObject({ sold: 1, twice: 0, unowned: 0, unpaid: 0 });
    expect([...statements].flatMap(broken)).toEqual([]);
    expect(statements.size, 'they were seen').toBeGreaterThan(40);
  });
});

/** Reads that cross from the cart's node to the order's; nothing is decided by them. On Citus they are two steps. */
const CROSSING = [/^select .* from "cart" inner join "checkout" on \("checkout"\."id" = "cart"\."checkout_id"/];

/** The rules that a statement breaks, with its text. */
function broken(statement: string): string[] {
  const text = statement.toLowerCase();
  const tables = tablesIn(text);
  const rules = {
    'one clock, which stands nowhere in RETURNING':
      !/\bnow\(\)|clock_timestamp|current_timestamp|returning .*timestamp\(\)/.test(text),
    'no statement that only one node understands':
      !/advisory|merge into|nextval|with .* as .*\b(insert into|update|delete from)\b/.test(text),
    'what is locked or changed is in one place':
      !/for (no key )?(update|share)|^(update|delete)/.test(text) ||
      placed.every(({ table, by }) => !tables.has(table) || names(text, table, by)),
    'a join stays in one group': CROSSING.some((crossing) => crossing.test(text)) || groupsOf(tables).size <= 1,
  };
  return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [`${rule}: ${statement}`]));
}

/** Whether the column that says where a row of this table is has one value, or some. */
const names = (text: string, table: string, by: string): boolean =>
  new RegExp(`("${table}"\\.)?"?\\b${by}"? (= \\$\\d|in \\(\\$)`).test(text);

const groupsOf = (tables: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...tables].flatMap((table) => groupOf(table, PLACES[table]) ?? []));

const groupOf = (table: string, place: Place | undefined) =>
  typeof place === 'object' ? [place.with ?? table] : undefined;

/** By name, of those that have a place. */
function tablesIn(text: string): ReadonlySet<string> {
  const named = text.matchAll(/(?:from|join|update|into|using) "?((?:idempotency\.)?[a-z_]+)"?/g);
  return new Set([...named].flatMap(([, name]) => (name !== undefined && name in PLACES ? [name] : [])));
}

/** The shop over the same database, and every statement of its own, once each. The library's are read in its own tests. */
function recorded(): { readonly shop: Shop; readonly statements: ReadonlySet<string> } {
  const statements = new Set<string>();
  const logger = { logQuery: (text: string) => void statements.add(text.replace(/\s+/g, ' ').trim()) };
  const db = drizzle(connection.db.$client, { schema, logger });
  return { shop: test.another({ db }), statements };
}

/** Puts a table of partitions in its place, with everything that is in it. */
async function cut(table: string, by: string): Promise<void> {
  const name = table.split('.').at(-1) ?? table;
  const whole = `${table}_whole`;
  const columns = await test.db.execute<{ name: string }>(sql`
    select quote_ident(attname) as name from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`);
  const listed = columns.map((column) => column.name).join(', ');
  for (const statement of [
    `alter table ${table} rename to ${name}_whole`,
    `create table ${table} (like ${whole} including all) partition by hash (${by})`,
    ...[0, 1, 2].map(
      (rest) => `create table ${table}_${rest} partition of ${table} for values with (modulus 3, remainder ${rest})`,
    ),
    `insert into ${table} (${listed}) select ${listed} from ${whole}`,
    `drop table ${whole}`,
  ]) {
    await test.db.execute(sql.raw(statement));
  }
}
