import { schema } from '@once/db';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import {
  addToCart,
  adoptCart,
  cartOf,
  cartOfCheckout,
  checkoutStatus,
  claimOrders,
  getCart,
  listOrders,
  payCheckout,
  startCheckout,
} from '../src/index.ts';
import { ADA, atCheckout, attempt, conservation, paidOrder, pay, shopOfFile } from './shop.ts';

const { test } = await shopOfFile({ copies: 120 });
const { shop, db, slug } = test;

async function newUser(email = `${uuidv7()}@example.org`, emailVerified = true): Promise<string> {
  const id = uuidv7();
  await db.insert(schema.authUser).values({ id, email, emailVerified, name: '' });
  return id;
}

async function cartWith(...numbers: readonly number[]): Promise<string> {
  const cartId = uuidv7();
  for (const number of numbers) await addToCart(db, { cartId, slug, number });
  return cartId;
}

const numbersIn = async (cartId: string | null) =>
  (await getCart(db, cartId ?? '')).lines.map(({ number }) => number).sort((a, b) => a - b);
const signedIn = (userId: string) => ({ userId, guestCartId: null });

describe('signing in', () => {
  it('takes the cart of the guest along, with what is held in it', async () => {
    const [userId, cartId] = [await newUser(), await cartWith(1, 2)];
    expect(await adoptCart(db, { userId, cartId })).toBe(true);
    expect(await cartOf(db, signedIn(userId))).toBe(cartId);
    expect((await getCart(db, cartId)).lines).toMatchObject([{ available: true }, { available: true }]);
  });

  it('again, or in two browsers at once, comes to the same end', async () => {
    const [userId, first, second] = [await newUser(), await cartWith(3), await cartWith(4)];
    await Promise.all([first, second, first, second].map((cartId) => adoptCart(db, { userId, cartId })));
    const current = await cartOf(db, signedIn(userId));
    expect(await numbersIn(current)).toEqual([3, 4]);
    const held = await db
      .select()
      .from(schema.copy)
      .where(eq(schema.copy.heldBy, current ?? ''));
    expect(held.map(({ number }) => number).sort((a, b) => a - b)).toEqual([3, 4]);
  });

  it('with something in either cart has all of it in one', async () => {
    const [userId, before, now] = [await newUser(), await cartWith(5, 6), await cartWith(7)];
    await adoptCart(db, { userId, cartId: before });
    await adoptCart(db, { userId, cartId: now });
    expect(await cartOf(db, signedIn(userId))).toBe(now);
    expect(await numbersIn(now)).toEqual([5, 6, 7]);
    expect((await getCart(db, now)).lines.every(({ available }) => available)).toBe(true);
    expect(await numbersIn(before)).toEqual([]);
  });

  it('with an empty cart goes on with the one that the account has', async () => {
    const [userId, before, empty] = [await newUser(), await cartWith(8), uuidv7()];
    await adoptCart(db, { userId, cartId: before });
    await adoptCart(db, { userId, cartId: empty });
    expect(await cartOf(db, signedIn(userId))).toBe(before);
  });

  it('leaves what there is no room for where it is', async () => {
    const [userId, before, now] = [await newUser(), await cartWith(10, 11, 12), await cartWith(13, 14, 15)];
    await adoptCart(db, { userId, cartId: before });
    await adoptCart(db, { userId, cartId: now });
    expect(await numbersIn(now)).toHaveLength(5);
    expect(await numbersIn(before)).toHaveLength(1);
  });

  it('takes the checkout along, and no line out of a cart that has one', async () => {
    const [userId, before] = [await newUser(), await cartWith(16)];
    await adoptCart(db, { userId, cartId: before });
    const at = await atCheckout(shop, slug, 17);
    await adoptCart(db, { userId, cartId: at.cartId });
    expect(await cartOf(db, signedIn(userId))).toBe(at.cartId);
    expect(await cartOfCheckout(db, at.checkoutId, signedIn(userId))).toBe(at.cartId);
    expect([await numbersIn(before), await numbersIn(at.cartId)]).toEqual([[16], [17]]);
  });

  it('leaves the checkout that the account had open, and goes on with the newer one', async () => {
    const userId = await newUser();
    const [before, now] = [await atCheckout(shop, slug, 18), await atCheckout(shop, slug, 19)];
    await adoptCart(db, { userId, cartId: before.cartId });
    await adoptCart(db, { userId, cartId: now.cartId });
    expect(await cartOf(db, signedIn(userId))).toBe(now.cartId);
    for (const { checkoutId, cartId } of [before, now]) {
      expect(await cartOfCheckout(db, checkoutId, signedIn(userId))).toBe(cartId);
      expect(await checkoutStatus(shop, { checkoutId, cartId })).toMatchObject({ answer: 'open' });
    }
  });

  it('while a checkout is being started on either cart moves no line out from under it', async () => {
    const orders = Array.from({ length: 8 }, async (_, i) => {
      const [userId, before, now] = [await newUser(), await cartWith(40 + 2 * i), await cartWith(41 + 2 * i)];
      await adoptCart(db, { userId, cartId: before });
      const [, started] = await Promise.allSettled([
        adoptCart(db, { userId, cartId: now }),
        startCheckout(db, i % 2 ? before : now),
      ]);
      if (started.status === 'rejected') return; // its line had gone over to the other cart
      const { checkoutId } = started.value;
      const cartId = await cartOfCheckout(db, checkoutId, signedIn(userId));
      const held = await db.select().from(schema.copy).where(eq(schema.copy.heldBy, checkoutId));
      const { lines } = await getCart(db, cartId);
      expect(lines.map(({ number }) => number)).toEqual(expect.arrayContaining(held.map(({ number }) => number)));
      expect(lines.every(({ available }) => available)).toBe(true);
    });
    await Promise.all(orders);
  });

  it('between two tries of a payment changes nothing of it: the same key, one charge', async () => {
    const userId = await newUser();
    const at = await atCheckout(shop, slug, 20);
    const kept = await attempt(shop, at);
    await payCheckout(shop, kept);
    await adoptCart(db, { userId, cartId: at.cartId });
    const cartId = await cartOfCheckout(db, at.checkoutId, signedIn(userId));
    expect(await payCheckout(shop, { ...kept, cartId })).toMatchObject({ answer: 'paid' });
    const attempts = await db
      .select()
      .from(schema.paymentAttempt)
      .where(eq(schema.paymentAttempt.orderId, at.checkoutId));
    expect(attempts).toHaveLength(1);
  });

  it('does not give one guest to two accounts', async () => {
    const [first, second, cartId] = [await newUser(), await newUser(), await cartWith(21)];
    expect(await adoptCart(db, { userId: first, cartId })).toBe(true);
    expect(await adoptCart(db, { userId: second, cartId })).toBe(false);
    expect(await cartOf(db, signedIn(second))).toBeNull();
  });
});

describe('a checkout', () => {
  it('of somebody else looks like none: to a guest, and to an account', async () => {
    const at = await atCheckout(shop, slug, 22);
    const stranger = signedIn(await newUser());
    const notFound = { code: 'NOT_FOUND' };
    await expect(cartOfCheckout(db, at.checkoutId, stranger)).rejects.toMatchObject(notFound);
    await expect(cartOfCheckout(db, uuidv7(), stranger)).rejects.toMatchObject(notFound);
    const nobody = { userId: null, guestCartId: null };
    await expect(cartOfCheckout(db, at.checkoutId, nobody)).rejects.toMatchObject(notFound);
    const guest = await cartOfCheckout(db, at.checkoutId, { userId: null, guestCartId: uuidv7() });
    await expect(checkoutStatus(shop, { checkoutId: at.checkoutId, cartId: guest })).rejects.toMatchObject(notFound);
  });

  it('of a guest stays open to their cookie while an account is signed in beside it', async () => {
    const at = await atCheckout(shop, slug, 23);
    const both = { userId: await newUser(), guestCartId: at.cartId };
    expect(await cartOfCheckout(db, at.checkoutId, both)).toBe(at.cartId);
  });
});

describe('orders', () => {
  it('that a guest placed become the account’s, with the cart', async () => {
    const { orderId, cartId } = await paidOrder(shop, slug);
    const userId = await newUser();
    await adoptCart(db, { userId, cartId });
    expect((await listOrders(db, signedIn(userId))).map(({ id }) => id)).toEqual([orderId]);
    expect(await listOrders(db, signedIn(await newUser()))).toEqual([]);
  });

  it('are claimed by an address that was confirmed, once, and it is written down', async () => {
    const { orderId } = await paidOrder(shop, slug);
    const [found] = await db.select().from(schema.authUser).where(eq(schema.authUser.email, ADA.email));
    const userId = found?.id ?? (await newUser(ADA.email, false));
    expect(await claimOrders(db, userId), 'not confirmed').toEqual([]);
    await db.update(schema.authUser).set({ emailVerified: true }).where(eq(schema.authUser.id, userId));
    const [first, second] = await Promise.all([claimOrders(db, userId), claimOrders(db, userId)]);
    expect([...first, ...second].filter((id) => id === orderId)).toHaveLength(1);
    expect((await listOrders(db, signedIn(userId))).map(({ id }) => id)).toContain(orderId);
    expect(await cartOfCheckout(db, orderId, signedIn(userId))).toBeTruthy();
    const written = and(eq(schema.audit.subjectId, orderId), eq(schema.audit.action, 'order.claimed'));
    expect(await db.$count(schema.audit, written)).toBe(1);
  });

  it('that an account has are not claimed by another one', async () => {
    const { orderId, cartId } = await paidOrder(shop, slug);
    const owner = await newUser();
    await adoptCart(db, { userId: owner, cartId });
    const [ada] = await db.select().from(schema.authUser).where(eq(schema.authUser.email, ADA.email));
    expect(await claimOrders(db, ada?.id ?? (await newUser(ADA.email)))).not.toContain(orderId);
  });

  it('leave copies and money as they were', async () => {
    const at = await atCheckout(shop, slug);
    await adoptCart(db, { userId: await newUser(), cartId: at.cartId });
    expect(await pay(shop, at)).toMatchObject({ answer: 'paid' });
    expect(await conservation(shop)).toMatchObject({ twice: 0, unowned: 0, unpaid: 0 });
  });
});
