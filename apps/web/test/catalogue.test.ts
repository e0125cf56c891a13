import { schema } from '@once/db';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Guest, type OpenShop, openShop } from './open-shop.ts';

let shop: OpenShop & { close(): Promise<void> };
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const numbersOf = async (guest: Guest, slug: string) => (await guest.api.catalog.get.query({ slug })).numbers;

test('the wall has 24 prints, newest first, and counts what is left of each', async () => {
  const prints = await new Guest(shop).api.catalog.list.query();
  expect(prints).toHaveLength(24);
  expect(prints.find(({ slug }) => slug === 'low-tide')).toMatchObject({ copies: 30, available: 0, held: 0 });
  expect(prints.find(({ slug }) => slug === 'lee-shore')).toMatchObject({ copies: 40, priceMinor: 14_000 });
  for (const { copies, available, held } of prints) expect(available + held).toBeLessThanOrEqual(copies);
});

test('a number in a cart is in your cart to its holder, held to everybody else, through the checkout too', async () => {
  const [holder, visitor] = [new Guest(shop), new Guest(shop)];
  const { number } = await holder.api.cart.add.mutate({ slug: 'two-fans' });
  const states = async () =>
    await Promise.all([holder, visitor].map(async (guest) => (await numbersOf(guest, 'two-fans'))[number - 1]?.state));
  expect(await states()).toEqual(['yours', 'held']);
  await holder.api.checkout.start.mutate();
  expect(await states()).toEqual(['yours', 'held']);
  await holder.api.cart.remove.mutate({ slug: 'two-fans', number });
  expect(await states()).toEqual(['available', 'available']);
});

test('a print that is not there is not found', async () => {
  const answer = await new Guest(shop).ask('catalog.get', { slug: 'no-such-print' });
  expect(answer.status).toBe(404);
});

test('a cart is nobody’s before the first print is added, and belongs to its cookie from then on', async () => {
  const guest = new Guest(shop);
  expect(await guest.api.cart.get.query()).toMatchObject({ lines: [], checkoutId: null, paymentOpen: false });
  expect(guest.cookie, 'looking does not make a guest').toBeUndefined();
  expect((await guest.send('checkout.start', undefined)).status).toBe(409);
  expect(await guest.api.orders.list.query()).toEqual([]);

  await guest.api.cart.add.mutate({ slug: 'ballast' });
  const cookie = guest.cookie;
  await guest.api.cart.add.mutate({ slug: 'ballast' });
  expect(guest.cookie, 'one guest, one cookie').toBe(cookie);
  const { lines, nowMs } = await guest.api.cart.get.query();
  expect(lines).toHaveLength(2);
  expect(lines[0]?.holdUntil?.getTime()).toBeGreaterThan(nowMs);
  expect((await new Guest(shop).api.cart.get.query()).lines).toEqual([]);
});

test.each([
  ['COPY_SOLD', 'sold'],
  ['COPY_HELD', 'held'],
] as const)('a number that cannot be had is refused with its reason: %s', async (errorCode, state) => {
  const { copy, edition } = schema;
  const [taken] = await shop.storefront.shop.db
    .select({ slug: edition.slug, number: copy.number })
    .from(copy)
    .innerJoin(edition, eq(edition.id, copy.editionId))
    .where(and(eq(copy.state, state)))
    .limit(1);
  const answer = await new Guest(shop).send('cart.add', taken);
  const { error } = (await answer.json()) as { error: { json: { data: object } } };
  expect(error.json.data).toMatchObject({ httpStatus: 409, errorCode, copies: [taken] });
});
