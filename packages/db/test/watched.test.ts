import { testDatabase } from '@once/local-postgres/testing';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { connect, schema } from '../src/index.ts';
import { statementName } from '../src/watched.ts';

const { cart } = schema;
const ID = '0190163d-8694-739b-aea5-966c26f8ad91';

const database = await testDatabase('shop');
const seen: string[] = [];
const connection = connect(database.url, {
  onStatement: (name) => (failed) =>
    void seen.push(failed === undefined ? name : `${name} ${(failed as { code: string }).code}`),
});
const { db } = connection;
afterAll(async () => {
  await connection.close();
  await database.drop();
});
beforeEach(() => void seen.splice(0));

it('every statement is told of when it is answered, also in a transaction and in one inside that', async () => {
  await db.transaction(async (tx) => {
    await tx.insert(cart).values({ id: ID });
    await tx.transaction(async (inner) => await inner.select().from(cart).where(eq(cart.id, ID)));
    await tx.delete(cart).where(eq(cart.id, ID));
  });
  await db.select().from(cart);
  expect(seen).toEqual(['BEGIN', 'INSERT cart', 'SELECT cart', 'DELETE cart', 'SELECT cart']);
});

it('one that fails is told of with what it failed of, and fails for whoever asked all the same', async () => {
  await expect(
    db.execute(sql`select 1 / ${0}::int from cart_line right join (select 1) one on true`),
  ).rejects.toThrow();
  expect(seen).toEqual(['SELECT cart_line 22012']);
});

it.each([
  ['insert into "orders" ("id") values ($1)', 'INSERT orders'],
  ['update idempotency.record set state = 1', 'UPDATE record'],
  ['WITH due AS (SELECT id FROM "public"."refund") SELECT 1', 'SELECT refund'],
  ['delete from only cart', 'DELETE cart'],
  ["select 'ada@example.org'", 'SELECT'],
  ["notify shop, 'ada@example.org'", 'OTHER'],
])('%s is told as %s', (text, name) => {
  expect(statementName(text)).toBe(name);
});
