import { schema } from '@once/db';
import { and, eq, isNull } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addToCart,
  cancelCheckout,
  exportCustomer,
  getCart,
  getCheckout,
  getOrder,
  payCheckout,
  refundOrder,
  startCheckout,
  updateCheckout,
} from '../src/index.ts';
import { ADA, attempt, pay, shopOfFile } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 40 });
const { framing } = schema;

beforeAll(async () => {
  await test.db.insert(framing).values([
    { editionId: test.editionId, frame: 'oak', priceMinor: 7_000 },
    { editionId: test.editionId, frame: 'black', priceMinor: 6_000 },
  ]);
});

/** An edition of its own, so that its frames can change while other tests buy theirs. */
async function anotherEdition(oakMinor: number): Promise<{ slug: string; editionId: string }> {
  const editionId = crypto.randomUUID();
  const slug = `framed-${editionId.slice(0, 8)}`;
  const [model] = await test.db.select().from(schema.edition).where(eq(schema.edition.id, test.editionId));
  if (!model) throw new Error('the shop has a print');
  const { search: _search, searchNames: _names, ...row } = model;
  await test.db.insert(schema.edition).values({ ...row, id: editionId, slug });
  await test.db.insert(schema.copy).values([1, 2, 3].map((number) => ({ editionId, number })));
  await test.db.insert(framing).values({ editionId, frame: 'oak', priceMinor: oakMinor });
  return { slug, editionId };
}

async function atCheckoutWith(frame: 'oak' | 'black' | null, slug = test.slug) {
  const cartId = crypto.randomUUID();
  const { number } = await addToCart(test.db, { cartId, slug, frame });
  const { checkoutId } = await startCheckout(test.db, cartId);
  await updateCheckout(test.db, { checkoutId, cartId, contact: ADA, shippingMethod: 'tracked' });
  return { cartId, checkoutId, number };
}

describe('a framed copy', () => {
  it('costs the sheet and its frame, from the cart to the charge, and what was agreed is frozen with the order', async () => {
    const { db, shop } = test;
    const { slug, editionId } = await anotherEdition(7_000);
    const at = await atCheckoutWith('oak', slug);
    const totals = { subtotalMinor: 21_000, shippingMinor: 1_200, totalMinor: 22_200 };
    const lines = [{ number: at.number, frame: 'oak', priceMinor: 21_000, framingMinor: 7_000 }];
    expect(await getCart(db, at.cartId)).toMatchObject({ totals, lines });
    expect(await getCheckout(db, at)).toMatchObject({ totals, lines });

    expect(await pay(shop, at, 'pm_card_visa_chargeDeclined')).toMatchObject({
      answer: 'declined',
      totalMinor: 22_200,
    });
    // Dearer while the order waits for another card, and taken out of the offer: what was agreed stays.
    await db.update(framing).set({ priceMinor: 9_000 }).where(eq(framing.editionId, editionId));
    await db.delete(framing).where(eq(framing.editionId, editionId));
    expect(await getCart(db, at.cartId)).toMatchObject({ totals, lines });
    expect(await pay(shop, at)).toMatchObject({ answer: 'paid', totalMinor: 22_200 });
    expect(await provider.charges(at.checkoutId)).toMatchObject([{ amount: 22_200 }]);
    expect(await getOrder(db, { ...at, orderId: at.checkoutId })).toMatchObject({ totals, lines });
  });

  it('whose frame changed its price between the page and Pay is not charged: the answer is changed, with both totals', async () => {
    const { db, shop } = test;
    const { slug, editionId } = await anotherEdition(7_000);
    const at = await atCheckoutWith('oak', slug);
    const kept = await attempt(shop, at);
    await db.update(framing).set({ priceMinor: 7_500 }).where(eq(framing.editionId, editionId));
    expect(await payCheckout(shop, kept)).toMatchObject({
      answer: 'changed',
      reason: 'price_changed',
      oldTotalMinor: 22_200,
      newTotalMinor: 22_700,
    });
    expect(await provider.charges(at.checkoutId)).toEqual([]);
    expect(await pay(shop, at)).toMatchObject({ answer: 'paid', totalMinor: 22_700 });
  });

  it('whose frame is not offered any more is sold only to who has seen it without', async () => {
    const { db, shop } = test;
    const { slug, editionId } = await anotherEdition(7_000);
    const at = await atCheckoutWith('oak', slug);
    const kept = await attempt(shop, at);
    await db.delete(framing).where(eq(framing.editionId, editionId));
    expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'changed', newTotalMinor: 15_200 });
    expect(await getCheckout(db, at)).toMatchObject({ lines: [{ frame: null, framingMinor: 0, priceMinor: 14_000 }] });
    expect(await pay(shop, at)).toMatchObject({ answer: 'paid', totalMinor: 15_200 });
  });

  it('takes its share of a promotion, of a refund and of what is told to whoever asks for their data', async () => {
    const { db, shop } = test;
    await db.insert(schema.promotion).values({ code: 'FRAMED', percentOff: 10, usesLeft: 1 });
    const at = await atCheckoutWith('black');
    await updateCheckout(db, { ...at, promotionCode: 'framed' });
    expect(await pay(shop, at)).toMatchObject({ answer: 'paid', totalMinor: 18_000 + 1_200 });
    expect((await exportCustomer(db, ADA.email)).orderLines).toContainEqual(
      expect.objectContaining({ orderId: at.checkoutId, frame: 'black', framingMinor: 6_000, priceMinor: 20_000 }),
    );
    const refunded = await refundOrder(shop, {
      ...{ orderId: at.checkoutId, refundId: crypto.randomUUID(), amountMinor: 18_000, refundedMinor: 0 },
      ...{ lines: [1], reason: 'requested_by_customer', actor: 'staff:ada' },
    });
    expect(refunded).toMatchObject({ answer: 'succeeded' });
    // The number is on sale again, framed or not.
    await addToCart(db, { cartId: crypto.randomUUID(), slug: test.slug, number: at.number, frame: 'oak' });
  });
});

describe('the frame of a copy in the cart', () => {
  const inCart = async (cartId: string) =>
    (await getCart(test.db, cartId)).lines.map(({ number, frame, priceMinor }) => ({ number, frame, priceMinor }));

  it('is changed and taken off by adding the number again, and kept where nothing is said of it', async () => {
    const { db, slug } = test;
    const cartId = crypto.randomUUID();
    const { number } = await addToCart(db, { cartId, slug });
    expect(await inCart(cartId)).toEqual([{ number, frame: null, priceMinor: 14_000 }]);
    await addToCart(db, { cartId, slug, number, frame: 'oak' });
    await addToCart(db, { cartId, slug, number });
    expect(await inCart(cartId)).toEqual([{ number, frame: 'oak', priceMinor: 21_000 }]);
    await addToCart(db, { cartId, slug, number, frame: 'black' });
    expect(await inCart(cartId)).toEqual([{ number, frame: 'black', priceMinor: 20_000 }]);
    await addToCart(db, { cartId, slug, number, frame: null });
    expect(await inCart(cartId)).toEqual([{ number, frame: null, priceMinor: 14_000 }]);
  });

  it('is another matter than whose the copy is: framed differently, it is still one copy', async () => {
    const { db, slug } = test;
    const cartId = crypto.randomUUID();
    const { number } = await addToCart(db, { cartId, slug, frame: 'oak' });
    await expect(addToCart(db, { cartId: crypto.randomUUID(), slug, number, frame: 'black' })).rejects.toMatchObject({
      code: 'COPY_HELD',
    });
  });

  it('is one that the edition is offered in: another, and nothing is held', async () => {
    const { db, slug, editionId } = test;
    const isFree = and(eq(schema.copy.editionId, editionId), isNull(schema.copy.heldBy));
    const before = await db.$count(schema.copy, isFree);
    const cartId = crypto.randomUUID();
    await expect(addToCart(db, { cartId, slug, frame: 'white' })).rejects.toMatchObject({ code: 'FRAME_NOT_OFFERED' });
    expect(await db.$count(schema.copy, isFree)).toBe(before);
    expect(await inCart(cartId)).toEqual([]);
  });

  it('stays as it is while a payment is open', async () => {
    const { db, shop, slug } = test;
    const at = await atCheckoutWith('oak');
    await pay(shop, at, 'pm_card_visa_chargeDeclined');
    await expect(addToCart(db, { cartId: at.cartId, slug, number: at.number, frame: null })).rejects.toMatchObject({
      code: 'PAYMENT_OPEN',
    });
    expect(await inCart(at.cartId)).toEqual([{ number: at.number, frame: 'oak', priceMinor: 21_000 }]);
    await cancelCheckout(shop, at);
    expect(await inCart(at.cartId)).toEqual([{ number: at.number, frame: 'oak', priceMinor: 21_000 }]);
  });
});
