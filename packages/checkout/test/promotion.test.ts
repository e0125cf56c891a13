import { schema } from '@once/db';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  addToCart,
  cancelCheckout,
  getCart,
  getCheckout,
  getOrder,
  payCheckout,
  updateCheckout,
} from '../src/index.ts';
import { atCheckout, attempt, pay, shopOfFile } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 80 });

let codes = 0;
async function code(usesLeft: number, percentOff = 10): Promise<string> {
  const name = `SPRING${++codes}`;
  await test.db.insert(schema.promotion).values({ code: name, percentOff, usesLeft });
  return name;
}
const usesLeft = async (name: string) => {
  const [row] = await test.db.select().from(schema.promotion).where(eq(schema.promotion.code, name));
  return row?.usesLeft;
};
async function atCheckoutWith(promotionCode: string) {
  const at = await atCheckout(test.shop, test.slug);
  await updateCheckout(test.db, { ...at, promotionCode });
  return at;
}

describe('a promotion code', () => {
  it('takes its share off the prints, is charged so, and is frozen with the order', async () => {
    const { shop, db } = test;
    const name = await code(5, 15);
    const at = await atCheckoutWith(` ${name.toLowerCase()} `);
    const totals = { subtotalMinor: 14_000, discountMinor: 2_100, shippingMinor: 1_200, totalMinor: 13_100 };
    expect(await getCheckout(db, at)).toMatchObject({ totals, promotion: { code: name, percentOff: 15 } });
    expect(await getCart(db, at.cartId)).toMatchObject({ totals });

    expect(await pay(shop, at, 'pm_card_visa_chargeDeclined')).toMatchObject({
      answer: 'declined',
      totalMinor: 13_100,
    });
    // The code ends while the order waits for another card: what was agreed stays.
    await db.execute(sql`update promotion set ends_at = statement_timestamp(), percent_off = 50 where code = ${name}`);
    expect(await getCart(db, at.cartId)).toMatchObject({ totals });
    expect(await pay(shop, at)).toMatchObject({ answer: 'paid', totalMinor: 13_100 });
    expect(await provider.charges(at.checkoutId)).toMatchObject([{ amount: 13_100 }]);
    expect(await getOrder(db, { ...at, orderId: at.checkoutId })).toMatchObject({ totals });
    expect(await usesLeft(name)).toBe(4);
  });

  it('with ten uses that fifty people want at once is used ten times; forty are told, and charged nothing', async () => {
    const { shop } = test;
    const name = await code(10);
    const other = test.another();
    const checkouts = await Promise.all(Array.from({ length: 50 }, () => atCheckoutWith(name)));
    const kept = await Promise.all(checkouts.map((at) => attempt(shop, at)));

    const answers = await Promise.all(kept.map((each, i) => payCheckout(i % 2 ? shop : other, each)));

    expect(answers.filter(({ answer }) => answer === 'paid')).toHaveLength(10);
    const refused = answers.filter(({ answer }) => answer === 'changed');
    expect(refused).toHaveLength(40);
    for (const answer of refused) {
      expect(answer).toMatchObject({ reason: 'promotion_ended', oldTotalMinor: 13_800, newTotalMinor: 15_200 });
    }
    expect(await usesLeft(name)).toBe(0);
    expect(await test.db.$count(schema.promotionUse, eq(schema.promotionUse.code, name))).toBe(10);
    const charges = await provider.charges();
    const mine = charges.filter(({ order_id: id }) => checkouts.some(({ checkoutId }) => checkoutId === id));
    expect(mine.map(({ amount }) => amount)).toEqual(Array(10).fill(13_800));

    // Whoever agrees to the price without it buys at that price.
    const late = checkouts.find((_, i) => answers[i]?.answer === 'changed');
    if (late) expect(await pay(shop, late)).toMatchObject({ answer: 'paid', totalMinor: 15_200 });
  }, 90_000);

  it('is given back by the cancel of its order, once', async () => {
    const { shop } = test;
    const name = await code(1);
    const at = await atCheckoutWith(name);
    await pay(shop, at, 'pm_card_visa_chargeDeclined');
    expect(await usesLeft(name)).toBe(0);

    await Promise.all([cancelCheckout(shop, at), cancelCheckout(test.another(), at)]);
    expect(await cancelCheckout(shop, at)).toMatchObject({ answer: 'cancelled' });
    expect(await usesLeft(name)).toBe(1);
  });

  it('that ended between page and Pay is an answer, not a charge', async () => {
    const { shop, db } = test;
    const name = await code(5);
    const at = await atCheckoutWith(name);
    const kept = await attempt(shop, at);
    await db.execute(sql`update promotion set ends_at = statement_timestamp() where code = ${name}`);

    expect(await payCheckout(shop, kept)).toMatchObject({
      ...{ answer: 'changed', reason: 'promotion_ended', oldTotalMinor: 13_800, newTotalMinor: 15_200, refusals: 1 },
    });
    expect(await provider.ledger(at.checkoutId)).toEqual([]);
  });

  it('that takes off something else than the page showed is an answer too', async () => {
    const { shop, db } = test;
    const name = await code(5);
    const at = await atCheckoutWith(name);
    const kept = await attempt(shop, at);
    await db.execute(sql`update promotion set percent_off = 5 where code = ${name}`);
    expect(await payCheckout(shop, kept)).toMatchObject({
      ...{ answer: 'changed', reason: 'price_changed', oldTotalMinor: 13_800, newTotalMinor: 14_500 },
    });
    expect(await usesLeft(name)).toBe(5);
  });

  it('that nobody can use is refused when it is typed, and changes nothing', async () => {
    const { db } = test;
    const at = await atCheckoutWith(await code(1));
    const usedUp = await code(0);
    for (const promotionCode of [usedUp, 'NOWHERE']) {
      await expect(updateCheckout(db, { ...at, promotionCode })).rejects.toMatchObject({ code: 'PROMOTION_INVALID' });
    }
    expect(await getCheckout(db, at)).toMatchObject({ promotion: { percentOff: 10 } });
    await updateCheckout(db, { ...at, promotionCode: null });
    expect(await getCheckout(db, at)).toMatchObject({ promotion: null, totals: { totalMinor: 15_200 } });
  });
});

it('a price that changed between page and Pay is an answer, and charges nothing', async () => {
  const { shop, db, slug, editionId } = test;
  const at = await atCheckout(shop, slug);
  const kept = await attempt(shop, at);
  await db.update(schema.edition).set({ priceMinor: 15_000 }).where(eq(schema.edition.id, editionId));
  const answer = await payCheckout(shop, kept);
  await db.update(schema.edition).set({ priceMinor: 14_000 }).where(eq(schema.edition.id, editionId));
  expect(answer).toMatchObject({
    answer: 'changed',
    reason: 'price_changed',
    oldTotalMinor: 15_200,
    newTotalMinor: 16_200,
  });
  expect(await provider.ledger(at.checkoutId)).toEqual([]);
});

describe('Buy, pressed again by somebody who has just paid for the same print', () => {
  it('is asked about, and a second copy is had by saying so', async () => {
    const { shop, db, slug } = test;
    const at = await atCheckout(shop, slug);
    await pay(shop, at);

    const again = { cartId: at.cartId, slug };
    await expect(addToCart(db, again)).rejects.toMatchObject({
      ...{ code: 'BOUGHT_JUST_NOW', copies: [{ slug, number: at.number }], orderId: at.checkoutId },
    });
    expect((await getCart(db, at.cartId)).lines).toEqual([]);

    const { number } = await addToCart(db, { ...again, second: true });
    // It lies in the cart, so it was meant: holding it again is not asked about.
    expect(await addToCart(db, { ...again, number })).toEqual({ slug, number });
    await expect(addToCart(db, again)).rejects.toMatchObject({ code: 'BOUGHT_JUST_NOW' });
  });

  it('is not asked about after ten minutes, nor by others, nor for what is only in the cart', async () => {
    const { shop, db, slug } = test;
    const at = await atCheckout(shop, slug);
    await pay(shop, at);
    await addToCart(db, { cartId: crypto.randomUUID(), slug });
    await db.execute(sql`update orders set paid_at = paid_at - interval '10 minutes' where id = ${at.checkoutId}`);
    await addToCart(db, { cartId: at.cartId, slug });
    await addToCart(db, { cartId: at.cartId, slug });
    expect((await getCart(db, at.cartId)).lines).toHaveLength(2);
  });
});
