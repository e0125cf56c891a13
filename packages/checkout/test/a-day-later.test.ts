// The provider has forgotten every key and token that it was sent, and the shop comes back to what was under way.
import { schema } from '@once/db';
import { crashAt } from '@once/idempotency/testing';
import { eq, sql } from 'drizzle-orm';
import { expect, it, vi } from 'vitest';
import { checkoutStatus, endHolds, payCheckout, tidyUp } from '../src/index.ts';
import { atCheckout, attempt, endHoldOf, finishDue, paidOrder, pay, shopOfFile, stripeOf, testShop } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 40 });

/** Twenty-five hours, at the provider and for this order. Its hold is renewed, as a shopper who is still there would. */
async function aDayPasses(orderId: string): Promise<void> {
  await provider.control('/clock/advance', { hours: 25, account: test.secretKey.replace('sk_test_', '') });
  await test.db.execute(sql`update checkout set created_at = created_at - interval '25 hours',
    hold_until = statement_timestamp() + interval '10 minutes' where id = ${orderId}`);
  await test.db.execute(sql`update idempotency.record set advanced_at = advanced_at - interval '25 hours',
    due_at = statement_timestamp() where scope = ${orderId} and due_at is not null`);
}

const intentsOf = async (orderId: string) => {
  const { data } = await stripeOf(test, provider).paymentIntents.list({ limit: 100 });
  return data.filter(({ metadata }) => metadata['order_id'] === orderId);
};

it('a create whose answer was lost is not repeated: its intent is found by its order, and paid with another card', async () => {
  const { shop, slug } = test;
  const at = await atCheckout(shop, slug);
  const { at: stop, reached } = crashAt('answered:intend');
  void payCheckout(test.another({ at: stop }), await attempt(shop, at)).catch(() => {});
  await reached;
  expect(await intentsOf(at.checkoutId)).toHaveLength(1);

  await aDayPasses(at.checkoutId);
  await finishDue(shop);
  expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'declined', reason: 'token_expired' });
  expect(await pay(shop, at)).toMatchObject({ answer: 'paid' });

  expect(await intentsOf(at.checkoutId)).toMatchObject([{ status: 'succeeded' }]);
  expect(await provider.charges(at.checkoutId)).toHaveLength(1);
});

it('others’ intents in the same account, in states that we do not know, are not in the way of finding ours', async () => {
  const { shop, slug } = test;
  const at = await atCheckout(shop, slug);
  const { at: stop, reached } = crashAt('answered:intend');
  void payCheckout(test.another({ at: stop }), await attempt(shop, at)).catch(() => {});
  await reached;
  await stripeOf(test, provider).paymentIntents.create({
    ...{ amount: 900, currency: 'eur', payment_method: 'pm_card_visa', confirm: true, capture_method: 'manual' },
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  });
  await aDayPasses(at.checkoutId);
  await finishDue(shop);
  expect(await pay(shop, at)).toMatchObject({ answer: 'paid' });
  expect(await intentsOf(at.checkoutId)).toHaveLength(1);
});

it('a confirm whose answer was lost is looked up: one intent for life, and one charge', async () => {
  const { shop, slug } = test;
  const at = await atCheckout(shop, slug);
  const kept = await attempt(shop, at);
  const { at: stop, reached } = crashAt('answered:confirm');
  void payCheckout(test.another({ at: stop }), kept).catch(() => {});
  await reached;

  await aDayPasses(at.checkoutId);
  await finishDue(shop);
  expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'paid' });
  expect(await provider.charges(at.checkoutId)).toHaveLength(1);
});

it('a confirm that was perhaps never sent is not sent any more: the payment is cancelled, and nothing is charged', async () => {
  const { shop, slug } = test;
  const at = await atCheckout(shop, slug);
  const { at: stop, reached } = crashAt('sending:confirm');
  void payCheckout(test.another({ at: stop }), await attempt(shop, at)).catch(() => {});
  await reached;

  await aDayPasses(at.checkoutId);
  await finishDue(shop);
  expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'cancelled' });
  expect(await intentsOf(at.checkoutId)).toMatchObject([{ status: 'canceled' }]);
  expect(await provider.ledger(at.checkoutId)).toEqual([]);
});

it('thirty days later what was left alone is removed, and nothing that was ordered', async () => {
  const own = await testShop(provider);
  const { shop, db, slug } = own;
  try {
    const paid = await paidOrder(shop, slug);
    const ended = await atCheckout(shop, slug);
    await endHoldOf(shop, ended.checkoutId);
    await endHolds(shop);
    const open = await atCheckout(shop, slug);
    const fresh = await atCheckout(shop, slug);
    await endHoldOf(shop, fresh.checkoutId);
    await endHolds(shop);
    await db.execute(sql`update checkout set created_at = created_at - interval '31 days', ended_at = ended_at - interval '31 days'
      where id <> ${fresh.checkoutId}`);
    await db.execute(sql`update cart set updated_at = updated_at - interval '31 days' where id <> ${fresh.cartId}`);

    const removed = await Promise.all([tidyUp(shop), tidyUp(own.another())]);

    expect(removed[0] + removed[1]).toBe(3); // the ended checkout, its cart, and the buyer's, which is empty
    const left = async (table: typeof schema.checkout | typeof schema.cart) =>
      (await db.select({ id: table.id }).from(table)).map(({ id }) => id).sort();
    expect(await left(schema.checkout)).toEqual([paid.checkoutId, open.checkoutId, fresh.checkoutId].sort());
    expect(await left(schema.cart)).toEqual([open.cartId, fresh.cartId].sort());
    expect(await db.$count(schema.cartLine, eq(schema.cartLine.cartId, ended.cartId))).toBe(0);
    expect(await checkoutStatus(shop, paid)).toMatchObject({ answer: 'paid' });
  } finally {
    await own.close();
  }
});

it('a standby that lagged behind knows nothing of a charged order, and the number has moved on: it is not charged again', async () => {
  const { shop, slug } = test;
  const at = await atCheckout(shop, slug);
  await chargedAndForgotten(at);

  expect(await pay(shop, at)).toMatchObject({ answer: 'paid' });

  expect(await intentsOf(at.checkoutId)).toHaveLength(1);
  expect(await provider.charges(at.checkoutId)).toHaveLength(1);
});

it('so it is where the clock was two days ahead of the machine that began the checkout', async () => {
  const { shop, slug } = test;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 48 * 3_600_000 });
  const at = await atCheckout(shop, slug);
  vi.useRealTimers();
  await chargedAndForgotten(at);

  expect(await pay(shop, at)).toMatchObject({ answer: 'paid' });

  expect(await provider.charges(at.checkoutId)).toHaveLength(1);
});

async function chargedAndForgotten(at: { readonly checkoutId: string; readonly cartId: string }): Promise<void> {
  const { checkoutId } = at;
  const { at: stop, reached } = crashAt('answered:confirm');
  void payCheckout(test.another({ at: stop }), await attempt(test.shop, at)).catch(() => {});
  await reached;
  expect(await provider.charges(checkoutId)).toHaveLength(1);
  await test.db.execute(sql`delete from idempotency.record where scope = ${checkoutId}`);
  await test.db.execute(sql`delete from orders where id = ${checkoutId}`);
  for (const table of ['order_line', 'payment', 'payment_attempt']) {
    await test.db.execute(sql`delete from ${sql.identifier(table)} where order_id = ${checkoutId}`);
  }
  // As after a first press that was refused before anything was sent: its hold had ended, or its price had changed.
  await test.db.execute(sql`update checkout set refusals = 1 where id = ${checkoutId}`);
}
