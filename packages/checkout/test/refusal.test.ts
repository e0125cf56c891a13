import { schema } from '@once/db';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { addToCart, checkoutStatus, extendHold, getCart, keyOf, payCheckout, startCheckout } from '../src/index.ts';
import { atCheckout, attempt, endHoldOf, pay, shopOfFile } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 30 });

describe('a declined card', () => {
  it('ends the attempt, not the order: the next card confirms the same intent under the next key', async () => {
    const { shop, db, slug } = test;
    const at = await atCheckout(shop, slug);

    const first = await pay(shop, at, 'pm_card_visa_chargeDeclinedInsufficientFunds');
    expect(first).toMatchObject({ answer: 'declined', reason: 'insufficient_funds', last4: '9995', refusals: 1 });
    expect(await checkoutStatus(shop, at)).toMatchObject({
      answer: 'declined',
      reason: 'insufficient_funds',
      refusals: 1,
    });

    const second = await pay(shop, at);
    expect(second).toMatchObject({ answer: 'paid', last4: '4242' });
    const rows = await provider.ledger(at.checkoutId);
    expect(rows.map((row) => row.kind)).toEqual(['decline', 'charge']);
    expect(new Set(rows.map((row) => row.pi)).size).toBe(1);
    const attempts = await db
      .select()
      .from(schema.paymentAttempt)
      .where(eq(schema.paymentAttempt.orderId, at.checkoutId));
    expect(attempts.map((row) => row.state).sort()).toEqual(['declined', 'paid']);
  });

  it('sent once more under its old key is declined again, from the record, and the new card is not touched', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const refused = await attempt(shop, at, 'pm_card_visa_chargeDeclined');
    await payCheckout(shop, refused);

    expect(await payCheckout(shop, refused)).toMatchObject({
      answer: 'declined',
      reason: 'card_declined',
      refusals: 1,
    });
    // A stale tab has another card under the old number: nothing is sent, and it can ask where things stand.
    const stale = { ...(await attempt(shop, at)), idempotencyKey: refused.idempotencyKey };
    await expect(payCheckout(shop, stale)).rejects.toMatchObject({ code: 'KEY_REUSED' });
    expect(await provider.charges(at.checkoutId)).toHaveLength(0);
  });
});

describe('a key with another number', () => {
  it('stores nothing and is told where the checkout stands', async () => {
    const { shop, db, slug } = test;
    const at = await atCheckout(shop, slug);
    const early = { ...(await attempt(shop, at)), idempotencyKey: keyOf(at.checkoutId, 3) };

    expect(await payCheckout(shop, early)).toMatchObject({ answer: 'open', refusals: 0, hasOrder: false });
    const records = await db.execute(sql`select 1 from idempotency.record where scope = ${at.checkoutId}`);
    expect(records).toHaveLength(0);
  });

  it.each([
    '',
    'x'.repeat(300),
    'a\u0000b',
    'ключ',
    '01890000-0000-7000-8000-000000000000.0',
    '%s.-1',
    '%s.01',
    '%s.1.5',
  ])('is refused when it is malformed: %j', async (shape) => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const bad = { ...(await attempt(shop, at)), idempotencyKey: shape.replace('%s', at.checkoutId) };
    await expect(payCheckout(shop, bad)).rejects.toMatchObject({ code: 'KEY_MALFORMED' });
  });
});

describe('a checkout that changed', () => {
  it('charges nothing when the page showed another total', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const tampered = { ...(await attempt(shop, at)), expectedTotalMinor: 1 };

    expect(await payCheckout(shop, tampered)).toMatchObject({
      ...{ answer: 'changed', reason: 'price_changed', oldTotalMinor: 1, newTotalMinor: 15_200, refusals: 1 },
    });
    expect(await provider.ledger(at.checkoutId)).toEqual([]);
    expect(await pay(shop, at)).toMatchObject({ answer: 'paid' });
  });

  it('charges nothing once the hold has ended', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const late = await attempt(shop, at);
    await endHoldOf(shop, at.checkoutId);

    expect(await payCheckout(shop, late)).toMatchObject({ answer: 'changed', reason: 'hold_ended', refusals: 1 });
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'changed', reason: 'hold_ended' });
    expect(await provider.ledger(at.checkoutId)).toEqual([]);
    // Held again before anybody ended it: the page is as good as new.
    await extendHold(shop.db, at);
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'open', refusals: 1 });
    expect(await pay(shop, at)).toMatchObject({ answer: 'paid' });
  });

  it('takes all its copies or none', async () => {
    const { shop, db, slug, editionId } = test;
    const cartId = uuidv7();
    const first = await addToCart(db, { cartId, slug });
    const second = await addToCart(db, { cartId, slug });
    const { checkoutId } = await startCheckout(db, cartId);
    const at = await atCheckout(shop, slug, second.number, cartId);
    const kept = await attempt(shop, { checkoutId, cartId });
    // The operator sold one of the two elsewhere, and the other came free.
    await db.execute(
      sql`update copy set state = 'sold', held_by = ${uuidv7()}::uuid where edition_id = ${editionId}::uuid and number = ${second.number}`,
    );
    await db.execute(
      sql`update copy set state = 'available', held_by = null where edition_id = ${editionId}::uuid and number = ${first.number}`,
    );

    const status = await payCheckout(shop, kept);

    expect(at.checkoutId).toBe(checkoutId);
    expect(status).toMatchObject({ answer: 'changed', reason: 'copy_sold', copies: [{ number: second.number }] });
    const [row] = await db.execute(
      sql`select state from copy where edition_id = ${editionId}::uuid and number = ${first.number}`,
    );
    expect(row).toEqual({ state: 'available' });
  });

  it('stores nothing while contact and address are missing', async () => {
    const { shop, db, slug } = test;
    const cartId = uuidv7();
    await addToCart(db, { cartId, slug });
    const { checkoutId } = await startCheckout(db, cartId);

    await expect(pay(shop, { checkoutId, cartId })).rejects.toMatchObject({ code: 'CHECKOUT_INCOMPLETE' });
    expect(await db.select().from(schema.orders).where(eq(schema.orders.id, checkoutId))).toEqual([]);
    expect(await checkoutStatus(shop, { checkoutId, cartId })).toMatchObject({ answer: 'open', refusals: 0 });
  });

  it('cannot be changed while its payment is open', async () => {
    const { shop, db, slug } = test;
    const at = await atCheckout(shop, slug);
    await pay(shop, at, 'pm_card_visa_chargeDeclined');

    await expect(addToCart(db, { cartId: at.cartId, slug })).rejects.toMatchObject({ code: 'PAYMENT_OPEN' });
    expect(await getCart(db, at.cartId)).toMatchObject({ paymentOpen: true, checkoutId: at.checkoutId });
    expect(await startCheckout(db, at.cartId)).toEqual({ checkoutId: at.checkoutId });
  });
});
