import { schema } from '@once/db';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import {
  addToCart,
  adoptCart,
  cancelCheckout,
  checkoutStatus,
  eraseCustomer,
  exportCustomer,
  payCheckout,
  startCheckout,
  updateCheckout,
} from '../src/index.ts';
import { attempt, pay, shopOfFile } from './shop.ts';

// Canaries: each says where it was put in, and is looked for in every table afterwards.

const RECORD_KEYS = { current: 'test', keys: { test: Buffer.alloc(32, 7) } };
const { provider, test } = await shopOfFile({ copies: 60, encryption: RECORD_KEYS });
const { shop, db, slug } = test;

const person = (canary: string) => ({
  ...{ email: `${canary}@example.org`, name: `Name ${canary}`, line1: `Street ${canary}`, line2: `Door ${canary}` },
  ...{ postalCode: '10969', city: `City ${canary}`, country: 'DE' },
});

async function atCheckoutOf(canary: string) {
  const cartId = uuidv7();
  await addToCart(db, { cartId, slug });
  const { checkoutId } = await startCheckout(db, cartId);
  await updateCheckout(db, { checkoutId, cartId, contact: person(canary), shippingMethod: 'tracked' });
  return { cartId, checkoutId };
}

/** Which tables have a row that says it. */
async function tablesWith(canary: string): Promise<string[]> {
  const tables = await db.execute<{ name: string }>(sql`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'idempotency')`);
  const found = [];
  for (const { name } of tables) {
    // Bytes as text too: what is stored sealed must not hold it, and what is not sealed must be found.
    const [row] = await db.execute<{ n: number }>(sql`select count(*)::int as n from ${sql.raw(name)} t
      where t::text ilike ${`%${canary}%`} or t::text ilike ${`%${Buffer.from(canary).toString('hex')}%`}`);
    if (row && row.n > 0) found.push(name);
  }
  return found.sort();
}

async function accountOf(canary: string, cartId: string): Promise<string> {
  const id = uuidv7();
  const name = `Name ${canary}`;
  await db.insert(schema.authUser).values({ id, email: `${canary}@example.org`, emailVerified: true, name });
  const expiresAt = new Date('2030-01-01');
  await db.insert(schema.authSession).values({
    ...{ id: uuidv7(), userId: id, token: `token-${canary}`, expiresAt, ipAddress: '192.0.2.7' },
    userAgent: `Browser ${canary}`,
  });
  await adoptCart(db, { userId: id, cartId });
  return id;
}

it('is forgotten everywhere, but for the name and address on the books of what was paid', async () => {
  const paid = await atCheckoutOf('canarypaid');
  expect(await pay(shop, paid)).toMatchObject({ answer: 'paid' });
  const userId = await accountOf('canarypaid', paid.cartId);
  await db
    .update(schema.outbox)
    .set({ lastError: '550 canarypaid@example.org unknown', deliveredAt: sql`statement_timestamp()` });
  const declined = await atCheckoutOf('canarypaid');
  await pay(shop, declined, 'pm_card_visa_chargeDeclined');
  await cancelCheckout(shop, declined);
  await atCheckoutOf('canarypaid'); // and never came back
  expect(await tablesWith('canarypaid')).toEqual([
    ...['public.auth_session', 'public.auth_user', 'public.checkout', 'public.orders', 'public.outbox'],
  ]);

  const erased = await eraseCustomer(db, 'CanaryPaid@example.org ', 'staff:ada@once.example');

  expect(erased).toEqual({ accounts: 1, checkouts: 3, orders: 2, kept: 1 });
  expect(await tablesWith('canarypaid')).toEqual(['public.orders']);
  expect(await tablesWith('canarypaid@')).toEqual([]);
  const [order] = await db.select().from(schema.orders).where(eq(schema.orders.id, paid.checkoutId));
  expect(order).toMatchObject({ state: 'paid', email: 'erased@once.invalid', name: 'Name canarypaid' });
  const [cancelled] = await db.select().from(schema.orders).where(eq(schema.orders.id, declined.checkoutId));
  expect(cancelled).toMatchObject({ state: 'cancelled', name: 'erased', line2: null, country: 'DE' });
  expect(await db.$count(schema.audit, eq(schema.audit.subjectId, userId))).toBe(1);

  // It stays sold, to whoever has the cookie, and a second erasure finds nobody.
  expect(await checkoutStatus(shop, paid)).toMatchObject({ answer: 'paid' });
  expect(await provider.charges(paid.checkoutId)).toHaveLength(1);
  const nobody = { accounts: 0, checkouts: 0, orders: 0, kept: 0 };
  expect(await eraseCustomer(db, 'canarypaid@example.org', 'web')).toEqual(nobody);
});

it('is forgotten wholly once the books may go', async () => {
  const paid = await atCheckoutOf('canaryold');
  await pay(shop, paid);
  await db
    .update(schema.orders)
    .set({ paidAt: sql`statement_timestamp() - interval '10 years 1 day'` })
    .where(eq(schema.orders.id, paid.checkoutId));

  expect(await eraseCustomer(db, 'canaryold@example.org', 'web')).toMatchObject({ orders: 1, kept: 0 });
  expect(await tablesWith('canaryold')).toEqual([]);
});

it('is not forgotten while a payment is open: the answer would reach nobody', async () => {
  const at = await atCheckoutOf('canaryopen');
  const kept = await attempt(shop, at, 'pm_card_authenticationRequired');
  expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'requires_action' });
  const before = await tablesWith('canaryopen');

  const refused = eraseCustomer(db, 'canaryopen@example.org', 'web');

  await expect(refused).rejects.toMatchObject({ code: 'ERASE_OPEN', orderId: at.checkoutId });
  expect(await tablesWith('canaryopen')).toEqual(before);
  await cancelCheckout(shop, at);
  expect(await eraseCustomer(db, 'canaryopen@example.org', 'web')).toMatchObject({ orders: 1, kept: 0 });
});

it('is told everything that is known, nothing of anybody else, and nothing that opens something', async () => {
  const [mine, other] = [await atCheckoutOf('canarymine'), await atCheckoutOf('canaryother')];
  await pay(shop, mine);
  await pay(shop, other);
  await accountOf('canarymine', mine.cartId);
  const kept = await attempt(shop, await atCheckoutOf('canarymine'));

  const told = await exportCustomer(db, 'canarymine@example.org');

  expect(told).toMatchObject({
    accounts: [{ email: 'canarymine@example.org' }],
    sessions: [{ userAgent: 'Browser canarymine', ipAddress: '192.0.2.7' }],
    orders: [{ id: mine.checkoutId, name: 'Name canarymine' }],
    attempts: [{ state: 'paid', last4: '4242' }],
    mails: [{ kind: 'receipt' }],
  });
  expect(told.checkouts.map(({ id }) => id)).toEqual([mine.checkoutId, kept.checkoutId]);
  expect(told.orderLines).toHaveLength(1);
  expect(told.events.map(({ action }) => action)).toContain('order.paid');
  const text = JSON.stringify(told);
  for (const secret of ['canaryother', other.checkoutId, 'token-canarymine', 'ctoken_'])
    expect(text).not.toContain(secret);
});
