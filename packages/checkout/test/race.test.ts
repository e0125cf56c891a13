import { schema } from '@once/db';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { addToCart, CheckoutError, removeFromCart, type Status } from '../src/index.ts';
import { atCheckout, conservation, pay, shopOfFile, testShop } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 40 });

it('200 people buy an edition of 40 at once: each number once, 160 clear refusals, nobody charged without a copy', async () => {
  const { shop, db, slug, editionId } = test;
  const shops = [shop, test.another()];

  const results = await Promise.allSettled(
    Array.from({ length: 200 }, async (_, i): Promise<Status> => {
      const mine = shops[i % 2] ?? shop;
      return await pay(mine, await atCheckout(mine, slug));
    }),
  );

  const paid = results.filter((result) => result.status === 'fulfilled' && result.value.answer === 'paid');
  const refused = results.filter((result) => result.status === 'rejected');
  expect(paid).toHaveLength(40);
  expect(refused).toHaveLength(160);
  for (const result of refused) {
    if (!(result.reason instanceof CheckoutError)) throw result.reason; // not a refusal: show why
    expect(['ALL_HELD', 'SOLD_OUT']).toContain(result.reason.code);
  }
  const lines = await db
    .select({ number: schema.orderLine.number })
    .from(schema.orderLine)
    .where(eq(schema.orderLine.editionId, editionId));
  expect(lines.map(({ number }) => number).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  expect(await conservation(shop)).toEqual({ available: 0, held: 0, sold: 40, twice: 0, unowned: 0, unpaid: 0 });
  const charges = await provider.charges();
  expect(charges).toHaveLength(40);
  expect(new Set(charges.map((row) => row.order_id)).size).toBe(40);
}, 120_000);

it('buyers who ask for any copy while copies come and go never stand in each other’s way', async () => {
  const small = await testShop(provider, { copies: 4 });
  try {
    const buyers = Array.from({ length: 40 }, async () => {
      for (let round = 0; round < 12; round++) {
        const cartId = uuidv7();
        const added = await addToCart(small.db, { cartId, slug: small.slug }).catch((error: unknown) => error);
        if (added instanceof CheckoutError) expect(added.code).toBe('ALL_HELD');
        else if (added instanceof Error) throw added;
        else await removeFromCart(small.db, { cartId, ...(added as { slug: string; number: number }) });
      }
    });
    await Promise.all(buyers);
    expect(await conservation(small.shop)).toMatchObject({ available: 4, held: 0, sold: 0 });
  } finally {
    await small.close();
  }
}, 60_000);
