import { schema } from '@once/db';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { checkoutStatus, getCart, getOrder, payCheckout } from '../src/index.ts';
import { ADA, atCheckout, attempt, conservation, pay, shopOfFile } from './shop.ts';

const { provider, test } = await shopOfFile();

describe('a purchase', () => {
  it('charges the total once, sells the number, posts it, and asks for the receipt to be sent', async () => {
    const { shop, db, slug } = test;
    const at = await atCheckout(shop, slug, 7);

    const status = await pay(shop, at);

    expect(status).toMatchObject({
      answer: 'paid',
      how: 'succeeded',
      totalMinor: 15_200,
      last4: '4242',
      hasOrder: true,
    });
    expect(await provider.ledger(at.checkoutId)).toMatchObject([{ kind: 'charge', amount: 15_200 }]);
    const order = await getOrder(db, { orderId: at.checkoutId, cartId: at.cartId });
    expect(order).toMatchObject({ state: 'paid', reviewReason: null, lines: [{ number: 7, priceMinor: 14_000 }] });
    expect(order.contact).toMatchObject(ADA);
    const posted = await db.select().from(schema.ledgerPosting).where(eq(schema.ledgerPosting.orderId, at.checkoutId));
    expect(posted).toMatchObject([{ kind: 'charge', amountMinor: 15_200, currency: 'EUR' }]);
    const letters = await db.select().from(schema.outbox).where(eq(schema.outbox.orderId, at.checkoutId));
    expect(letters).toMatchObject([{ kind: 'receipt', deliveredAt: null }]);
    expect(await getCart(db, at.cartId)).toMatchObject({ checkoutId: null, paymentOpen: false, lines: [] });
    expect(await conservation(shop)).toMatchObject({ sold: 1, twice: 0, unowned: 0, unpaid: 0 });
  });

  it('gives every retry the same answer and charges nothing more', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const kept = await attempt(shop, at);

    await payCheckout(shop, kept);
    const again = await Promise.all([payCheckout(shop, kept), payCheckout(shop, kept), payCheckout(shop, kept)]);

    expect(again.map((status) => status.answer === 'paid' && status.how)).toEqual(Array(3).fill('already_paid'));
    expect(await provider.charges(at.checkoutId)).toHaveLength(1);
  });

  it('pressed eight times at once, in two processes, is one order and one charge', async () => {
    const { shop, slug } = test;
    const other = test.another();
    const at = await atCheckout(shop, slug);
    const kept = await attempt(shop, at);

    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => payCheckout(i % 2 ? shop : other, kept)));

    for (const { answer } of answers) expect(['paid', 'processing']).toContain(answer);
    expect(answers.some(({ answer }) => answer === 'paid')).toBe(true);
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid' });
    expect(await provider.charges(at.checkoutId)).toHaveLength(1);
  });

  it('with another card or total under the same key sends nothing', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const first = await attempt(shop, at);
    const second = await attempt(shop, at, 'pm_card_mastercard');

    const [one, two] = await Promise.allSettled([payCheckout(shop, first), payCheckout(shop, second)]);

    const refused = one.status === 'rejected' ? one : two;
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'KEY_REUSED' } });
    expect(await provider.charges(at.checkoutId)).toHaveLength(1);
  });

  it("answers somebody else's checkout like one that does not exist", async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const kept = await attempt(shop, at);
    const stranger = { ...kept, cartId: crypto.randomUUID() };
    const nowhere = { ...kept, checkoutId: at.cartId };

    const answers = await Promise.allSettled([payCheckout(shop, stranger), payCheckout(shop, nowhere)]);

    for (const answer of answers)
      expect(answer).toMatchObject({ reason: { code: 'NOT_FOUND', message: 'no such checkout' } });
    expect(await provider.charges(at.checkoutId)).toHaveLength(0);
  });
});
