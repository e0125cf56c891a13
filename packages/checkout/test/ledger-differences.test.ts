import { schema } from '@once/db';
import { crashAt } from '@once/idempotency/testing';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  checkoutStatus,
  compareLedger,
  compareNextDay,
  countAttention,
  getOrder,
  payCheckout,
  recordIntent,
  refundOrder,
  settlePayment,
} from '../src/index.ts';
import { atCheckout, attempt, intentIdOf, paidOrder, refundRequest, shopOfFile, stripeOf, testShop } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 20 });

const signal = AbortSignal.timeout(60_000);
const CONFIRM = '/v1/payment_intents/*/confirm';

describe('a second charge of one order', () => {
  it('is never taken for the first: it is kept as a difference, and a person is asked', async () => {
    const { shop, db, slug } = test;
    const at = await paidOrder(shop, slug);
    const second = {
      ...(await shop.payments.retrieve(await intentIdOf(test, at.orderId), { signal })),
      id: 'pi_second',
      chargeId: 'ch_second',
    };
    for (const _ of [1, 2]) await db.transaction((tx) => settlePayment(tx, second));
    const found = await db
      .select()
      .from(schema.ledgerDifference)
      .where(eq(schema.ledgerDifference.orderId, at.orderId));
    expect(found).toMatchObject([{ kind: 'second_charge', providerObjectId: 'ch_second', theirsMinor: at.totalMinor }]);
    expect(await getOrder(db, at)).toMatchObject({ reviewReason: 'second_charge' });
  });
});

describe('a charge that the provider takes back by itself', () => {
  /** Charged, answered 500 and reversed; and who asked then was shown the intent as it was before. */
  async function paidByAStaleLook({ shop, slug }: Pick<typeof test, 'shop' | 'slug'>) {
    const at = await atCheckout(shop, slug);
    const match = { order_id: at.checkoutId };
    await provider.arm({ match: { ...match, path: CONFIRM }, action: 'error_500_after_then_reversed' });
    await provider.arm({ match: { ...match, method: 'GET' }, action: 'retrieve_stale' });
    expect(await payCheckout(shop, await attempt(shop, at))).toMatchObject({ answer: 'paid' });
    return at;
  }

  it('is told to a person once the shop hears of it: the order is not taken for paid any more', async () => {
    const { shop, db } = test;
    const at = await paidByAStaleLook(test);
    for (const _ of [1, 2]) await recordIntent(shop, await intentIdOf(test, at.checkoutId), { signal });
    const of = eq(schema.ledgerDifference.orderId, at.checkoutId);
    const { totalMinor } = await checkoutStatus(shop, at);
    expect(await db.select().from(schema.ledgerDifference).where(of)).toMatchObject([
      { kind: 'missing_there', oursMinor: totalMinor, theirsMinor: null, resolvedAt: null },
    ]);
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'needs_review' });
  });

  it('is found by the next comparison, where the shop heard nothing', async () => {
    const own = await testShop(provider);
    try {
      await paidByAStaleLook(own);
      expect(await compareLedger(own.shop, wholeDay(), { signal })).toMatchObject({ differences: 1 });
      expect(await own.db.select().from(schema.ledgerDifference)).toMatchObject([{ kind: 'missing_there' }]);
    } finally {
      await own.close();
    }
  });
});

const wholeDay = () => ({ from: new Date(Date.now() - 86_400_000), to: new Date(Date.now() + 86_400_000) });

describe('comparing the ledger with the provider', () => {
  it('finds nothing where both agree', async () => {
    const own = await testShop(provider);
    try {
      const at = await paidOrder(own.shop, own.slug);
      await refundOrder(own.shop, refundRequest(at.orderId, 300));
      // Of another program with the same account.
      await stripeOf(own, provider).paymentIntents.create({
        ...{ amount: 500, currency: 'eur', payment_method: 'pm_card_visa', confirm: true },
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      });
      expect(await compareLedger(own.shop, wholeDay(), { signal })).toEqual({ compared: 2, differences: 0 });
      expect(await own.db.select().from(schema.ledgerDifference)).toEqual([]);
    } finally {
      await own.close();
    }
  });

  it('finds what is missing here, settles what can be settled, and what is missing there', async () => {
    const own = await testShop(provider);
    const { shop, db } = own;
    try {
      const lost = await paidOrder(shop, own.slug);
      const unheard = await atCheckout(shop, own.slug);
      const { at: stop, reached } = crashAt('answered:confirm');
      void payCheckout(own.another({ at: stop }), await attempt(shop, unheard)).catch(() => {});
      await reached;
      // As the owner of the tables: the shop's own role could not.
      await db.execute(
        sql`update ledger_posting set provider_object_id = 'ch_nobody_has' where order_id = ${lost.orderId}`,
      );

      expect(await compareLedger(shop, wholeDay(), { signal })).toEqual({ compared: 2, differences: 3 });
      expect(await compareLedger(shop, wholeDay(), { signal })).toMatchObject({ differences: 2 });

      expect(await checkoutStatus(shop, unheard)).toMatchObject({ answer: 'paid' });
      const found = await db.select().from(schema.ledgerDifference);
      expect(found.map(({ kind, orderId, resolvedAt }) => `${kind} ${orderId} ${resolvedAt !== null}`).sort()).toEqual(
        [
          `missing_here ${lost.orderId} false`,
          `missing_here ${unheard.checkoutId} true`,
          `missing_there ${lost.orderId} false`,
        ].sort(),
      );
      expect((await countAttention(db)).differences).toBe(2);
    } finally {
      await own.close();
    }
  });

  it('finds another amount', async () => {
    const own = await testShop(provider);
    try {
      const at = await paidOrder(own.shop, own.slug);
      await own.db.execute(
        sql`update ledger_posting set amount_minor = amount_minor - 1 where order_id = ${at.orderId}`,
      );
      expect(await compareLedger(own.shop, wholeDay(), { signal })).toEqual({ compared: 1, differences: 1 });
      expect(await own.db.select().from(schema.ledgerDifference)).toMatchObject([
        { kind: 'amount_differs', oursMinor: at.totalMinor - 1, theirsMinor: at.totalMinor },
      ]);
    } finally {
      await own.close();
    }
  });

  it('takes each day once, with two processes at it, and again when one has stopped', async () => {
    const own = await testShop(provider);
    const { shop, db } = own;
    try {
      const isOver = async () =>
        (await db.select().from(schema.ledgerComparison)).map(({ finishedAt }) => finishedAt !== null);
      // Before the first hour of a day (UTC) is over, the day before is not compared yet.
      const [row] = await db.execute<{ early: boolean }>(
        sql`select (statement_timestamp() at time zone 'UTC')::time < '01:00' as early`,
      );
      const days = row?.early ? [] : [true];
      await Promise.all([compareNextDay(shop, { signal }), compareNextDay(own.another(), { signal })]);
      expect(await isOver()).toEqual(days);
      expect(await compareNextDay(shop, { signal })).toBe(0);

      // The last day that was compared is three days ago, and whoever began the next one has stopped.
      await db.execute(sql`delete from ledger_comparison`);
      await db.execute(sql`insert into ledger_comparison (day, due_at, finished_at) values
        ((statement_timestamp() at time zone 'UTC')::date - 4, statement_timestamp(), statement_timestamp()),
        ((statement_timestamp() at time zone 'UTC')::date - 3, statement_timestamp() + interval '5 minutes', null)`);
      expect(await compareNextDay(shop, { signal })).toBe(0); // it has its turn
      await db.execute(sql`update ledger_comparison set due_at = statement_timestamp() where finished_at is null`);
      expect(await compareNextDay(shop, { signal })).toBe(1);
      expect(await compareNextDay(shop, { signal })).toBe(1);
      expect(await isOver()).toEqual([true, true, true]);
    } finally {
      await own.close();
    }
  });
});
