import { schema } from '@once/db';
import { crashAt } from '@once/idempotency/testing';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import {
  addToCart,
  askOpen,
  cancelCheckout,
  checkoutStatus,
  countAttention,
  getOrder,
  payCheckout,
  recordIntent,
  refundOrder,
  returnLateMoney,
} from '../src/index.ts';
import { atCheckout, attempt, finishDue, paidOrder, pay, refundRequest, shopOfFile, stripeOf } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 60 });

const signal = AbortSignal.timeout(60_000);
/** Lets the while end after which the provider is asked about what is open. */
const ageOpen = async () => {
  await test.db.execute(
    sql`update payment set ask_at = statement_timestamp() - interval '1 second' where ask_at is not null`,
  );
  await test.db.execute(
    sql`update refund set ask_at = statement_timestamp() - interval '1 second' where ask_at is not null`,
  );
};
/** Paid at the provider, and its record parked: nobody goes on with it. */
async function chargedAndParked() {
  const { shop, slug } = test;
  const at = await atCheckout(shop, slug);
  const kept = await attempt(shop, at);
  const { at: stop, reached } = crashAt('answered:confirm');
  void payCheckout(test.another({ at: stop }), kept).catch(() => {});
  await reached;
  await shop.once.park(shop.workflows.pay, { scope: at.checkoutId, key: kept.idempotencyKey });
  return { ...at, kept };
}

describe('a payment that has been open for a while', () => {
  it('is not asked about before, and then settled by what the provider says, though its record is parked', async () => {
    const { shop } = test;
    const { kept, ...at } = await chargedAndParked();
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'needs_review' });
    expect(await askOpen(shop, { signal })).toBe(0);

    await ageOpen();
    const asking: Promise<number>[] = [];
    await shop.db.transaction(async (tx) => {
      // Both have found it, and want it in the same instant.
      await tx.execute(sql`select 1 from payment where order_id = ${at.checkoutId} for update`);
      asking.push(askOpen(test.another(), { signal }), askOpen(test.another(), { signal }));
      await vi.waitFor(async () => {
        const waiting = await shop.db.execute(sql`select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`);
        expect(waiting).toHaveLength(2);
      });
    });

    const taken = await Promise.all(asking);
    expect(taken.reduce((sum, one) => sum + one, 0)).toBe(1);
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid' });
    // The record was woken, and says the same to the press that was lost.
    await finishDue(shop);
    expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'paid' });
    expect(await provider.charges(at.checkoutId)).toHaveLength(1);
  });

  it('is asked about by another process when one stops half-way', async () => {
    const { shop } = test;
    const at = await chargedAndParked();
    await ageOpen();
    const reached = Promise.withResolvers<void>();
    const stop = async () => {
      reached.resolve();
      await new Promise<never>(() => {});
    };
    void askOpen(test.another(), { signal, at: stop });
    await reached.promise;
    expect(await askOpen(shop, { signal })).toBe(0); // it has its turn

    await ageOpen();
    expect(await askOpen(shop, { signal })).toBe(1);
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid' });
  });

  it('is asked about again when the provider is away', async () => {
    const { shop } = test;
    const at = await chargedAndParked();
    await ageOpen();
    const away = await provider.arm({
      match: { order_id: at.checkoutId, method: 'GET' },
      action: 'retrieve_500',
      times: 3,
    });
    await askOpen(shop, { signal });
    expect(await away.hits()).toBeGreaterThan(0);
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'needs_review' });
    await away.disarm();
    await ageOpen();
    await askOpen(shop, { signal });
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid' });
  });
});

it('a refund that went out and was never heard of is found, and recorded once', async () => {
  const { shop, slug } = test;
  const at = await paidOrder(shop, slug);
  const { at: stop, reached } = crashAt('answered:send');
  const request = refundRequest(at.orderId, at.totalMinor);
  void refundOrder(test.another({ at: stop }), request).catch(() => {});
  await reached;
  await shop.once.park(shop.workflows.refund, { scope: at.orderId, key: request.refundId });

  await ageOpen();
  await Promise.all([askOpen(shop, { signal }), askOpen(test.another(), { signal })]);

  expect(await getOrder(shop.db, at)).toMatchObject({ state: 'refunded', refundedMinor: at.totalMinor });
  await finishDue(shop);
  expect(await refundOrder(shop, request)).toEqual({ answer: 'succeeded' });
  expect((await provider.ledger(at.orderId)).filter(({ kind }) => kind === 'refund')).toHaveLength(1);
});

describe('money that arrives for a copy that is gone', () => {
  /** The order was cancelled, its copy bought by somebody else, and then the bank says yes after all. */
  async function lateMoney() {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const { totalMinor } = await checkoutStatus(shop, at);
    // Behind our back: what a restore or an operator leaves.
    const intent = await stripeOf(test, provider).paymentIntents.create({
      ...{ amount: totalMinor, currency: 'eur', payment_method: 'pm_card_visa', confirm: true },
      ...{
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        metadata: { order_id: at.checkoutId },
      },
    });
    await pay(shop, at, 'pm_card_visa_chargeDeclined');
    await cancelCheckout(shop, at);
    await addToCart(shop.db, { cartId: crypto.randomUUID(), slug, number: at.number });
    await shop.db.execute(sql`update payment set intent_id = ${intent.id} where order_id = ${at.checkoutId}`);
    return { ...at, orderId: at.checkoutId, intent: intent.id, totalMinor };
  }

  it('is kept for a person, and goes back in full, once, with two workers at it', async () => {
    const { shop, db } = test;
    const at = await lateMoney();
    expect(await recordIntent(shop, at.intent, { signal })).toBe('recorded');
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'needs_review' });
    expect((await countAttention(db)).orders).toBeGreaterThan(0);

    await Promise.all([returnLateMoney(shop), returnLateMoney(test.another()), returnLateMoney(shop)]);
    await finishDue(shop);

    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'returned' });
    expect(await getOrder(db, at)).toMatchObject({
      state: 'returned',
      reviewReason: null,
      refundedMinor: at.totalMinor,
    });
    const rows = await provider.ledger(at.orderId);
    expect(rows.filter(({ kind }) => kind === 'refund').map(({ amount }) => amount)).toEqual([at.totalMinor]);
    expect(await returnLateMoney(shop)).toBe(0);
    // Whoever has the copy keeps it.
    const [copy] = await db.select().from(schema.copy).where(eq(schema.copy.number, at.number));
    expect(copy).toMatchObject({ state: 'held' });
  });

  it('goes back though the process that returns it stops half-way', async () => {
    const { shop, db } = test;
    const at = await lateMoney();
    await recordIntent(shop, at.intent, { signal });
    const { at: stop, reached } = crashAt('answered:send');
    void returnLateMoney(test.another({ at: stop }));
    await reached;
    await db.execute(
      sql`update idempotency.record set due_at = statement_timestamp() where scope = ${at.orderId} and due_at is not null`,
    );
    await finishDue(shop);
    expect(await getOrder(db, at)).toMatchObject({ state: 'returned' });
    expect((await provider.ledger(at.orderId)).filter(({ kind }) => kind === 'refund')).toHaveLength(1);
  });
});
