import { schema } from '@once/db';
import { crashAt } from '@once/idempotency/testing';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import {
  addToCart,
  cancelCheckout,
  checkoutStatus,
  endHolds,
  getOrder,
  payCheckout,
  recordIntent,
  settlePayment,
} from '../src/index.ts';
import {
  ageRecords,
  atCheckout,
  attempt,
  conservation,
  endHoldOf,
  finishDue,
  intentIdOf,
  pay,
  shopOfFile,
} from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 40 });

const signal = () => AbortSignal.timeout(10_000);
const intentId = (orderId: string) => intentIdOf(test, orderId);
const copyState = async (checkoutId: string) =>
  (await test.db.select().from(schema.copy).where(eq(schema.copy.heldBy, checkoutId))).map((row) => row.state);

describe('cancelling', () => {
  it('after a decline cancels the intent, frees the copies and ends the order', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    await pay(shop, at, 'pm_card_visa_chargeDeclined');

    expect(await cancelCheckout(shop, at)).toMatchObject({ answer: 'cancelled', hasOrder: true });
    expect((await shop.payments.retrieve(await intentId(at.checkoutId), { signal: signal() })).status).toBe('canceled');
    expect(await copyState(at.checkoutId)).toEqual([]);
    expect(await cancelCheckout(shop, at)).toMatchObject({ answer: 'cancelled' });
    expect(await pay(shop, at)).toMatchObject({ answer: 'cancelled' });
  });

  it('a paid order changes nothing: the money was faster', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    await pay(shop, at);
    expect(await cancelCheckout(shop, at)).toMatchObject({ answer: 'paid' });
    expect(await copyState(at.checkoutId)).toEqual(['sold']);
  });

  it('while Pay is pressed ends in one of two ways, and the provider agrees with the shop', async () => {
    const { shop, slug } = test;
    const other = test.another();
    for (let round = 0; round < 8; round++) {
      const at = await atCheckout(shop, slug);
      const kept = await attempt(shop, at);
      await Promise.all([payCheckout(shop, kept), cancelCheckout(other, at)]);
      await ageRecords(shop);
      await finishDue(shop);

      const { answer } = await checkoutStatus(shop, at);
      const charges = await provider.charges(at.checkoutId);
      expect(['paid', 'cancelled']).toContain(answer);
      expect(charges).toHaveLength(answer === 'paid' ? 1 : 0);
      expect(await copyState(at.checkoutId)).toEqual(answer === 'paid' ? ['sold'] : []);
    }
    expect(await conservation(shop)).toMatchObject({ twice: 0, unowned: 0, unpaid: 0 });
  });
});

describe('a bank that takes its time', () => {
  it('is waited for: the copies stay held past the hold, and the payment settles when it is known', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const kept = await attempt(shop, at, 'pm_usBankAccount_processing');

    expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'processing' });
    await endHoldOf(shop, at.checkoutId);
    await endHolds(shop);
    expect(await copyState(at.checkoutId)).toEqual(['held']);
    expect(
      await shop.once.find(shop.workflows.endHold, { scope: at.checkoutId, key: `${at.checkoutId}.end` }),
    ).toBeUndefined();

    await provider.control(`/intents/${await intentId(at.checkoutId)}/settle`, { result: 'succeed' });
    await recordIntent(shop, await intentId(at.checkoutId), { signal: signal() });
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid' });
    await finishDue(shop);
    expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'paid', how: 'already_paid' });
    expect(await provider.charges(at.checkoutId)).toHaveLength(1);
  });

  it('and then says no: the same press is declined, under its own number', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const kept = await attempt(shop, at, 'pm_usBankAccount_processing');
    await payCheckout(shop, kept);

    await provider.control(`/intents/${await intentId(at.checkoutId)}/settle`, { result: 'fail' });
    await recordIntent(shop, await intentId(at.checkoutId), { signal: signal() });
    await finishDue(shop);

    expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'declined', refusals: 1 });
    expect(await pay(shop, at)).toMatchObject({ answer: 'paid' });
  });

  it('or wants to see the shopper, who does not come: past the hold the payment is cancelled', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const kept = await attempt(shop, at, 'pm_card_authenticationRequired');
    expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'requires_action' });
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'requires_action' });

    await endHoldOf(shop, at.checkoutId);
    await Promise.all([endHolds(shop), endHolds(test.another())]);
    await finishDue(shop);

    expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'changed', reason: 'cancelled' });
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'cancelled' });
    expect(await copyState(at.checkoutId)).toEqual([]);
  });
});

describe('web stopped half-way', () => {
  const stoppedAt = async (point: string, at: { checkoutId: string; cartId: string }, card?: string) => {
    const crash = crashAt(point);
    const web = test.another({ at: crash.at });
    void payCheckout(web, await attempt(web, at, card)).catch(() => {});
    await crash.reached;
  };

  it('before its intent was stored, then cancelled: the worker finds the order cancelled and confirms nothing', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    await stoppedAt('answered:intend', at);

    expect(await cancelCheckout(shop, at)).toMatchObject({ answer: 'cancelled' });
    await ageRecords(shop);
    await finishDue(shop);

    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'cancelled', refusals: 1 });
    expect(await provider.ledger(at.checkoutId)).toEqual([]);
    expect(await copyState(at.checkoutId)).toEqual([]);
  });

  it('before its card was confirmed, after another was declined: the old refusal is not taken for an answer', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    await pay(shop, at, 'pm_card_visa_chargeDeclined');
    await stoppedAt('sending:confirm', at);

    await ageRecords(shop);
    await finishDue(shop);

    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid' });
    expect(await provider.charges(at.checkoutId)).toHaveLength(1);
  });

  it('before its card was confirmed, and the hold ended since: nothing is first sent, the payment is cancelled', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    await stoppedAt('committed:remember', at);
    await endHoldOf(shop, at.checkoutId);

    await ageRecords(shop);
    await finishDue(shop);

    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'cancelled' });
    expect(await provider.ledger(at.checkoutId)).toEqual([]);
    expect(await copyState(at.checkoutId)).toEqual([]);
  });
});

describe('a hold', () => {
  it('that was renewed since a worker saw it end is not ended', async () => {
    const { shop, slug } = test;
    const { checkoutId } = await atCheckout(shop, slug);
    const ending = shop.once.run(shop.workflows.endHold, {
      scope: checkoutId,
      key: `${checkoutId}.end`,
      input: { checkoutId },
    });

    await expect(ending).rejects.toMatchObject({ code: 'HOLD_RENEWED' });
    expect(await copyState(checkoutId)).toEqual(['held']);
    await endHoldOf(shop, checkoutId);
    await endHolds(shop);
    expect(await copyState(checkoutId)).toEqual([]);
  });
});

describe('settling', () => {
  it('twice records the charge once; and a cancel that comes after it undoes nothing, but asks a person', async () => {
    const { shop, db, slug } = test;
    const at = await atCheckout(shop, slug);
    await pay(shop, at);
    const intent = await shop.payments.retrieve(await intentId(at.checkoutId), { signal: signal() });

    const again = await Promise.all([1, 2, 3].map(() => db.transaction((tx) => settlePayment(tx, intent))));
    const canceled = await db.transaction((tx) => settlePayment(tx, { ...intent, status: 'canceled' }));

    expect([...again, canceled].map((settled) => settled.moved)).toEqual([false, false, false, false]);
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'needs_review' });
    expect(await getOrder(db, { ...at, orderId: at.checkoutId })).toMatchObject({ state: 'paid' });
    expect(
      await db.select().from(schema.ledgerPosting).where(eq(schema.ledgerPosting.orderId, at.checkoutId)),
    ).toHaveLength(1);
  });

  it('ignores an intent that is not the one of its order', async () => {
    const { shop, db, slug } = test;
    const at = await atCheckout(shop, slug);
    await pay(shop, at, 'pm_card_visa_chargeDeclined');
    const intent = await shop.payments.retrieve(await intentId(at.checkoutId), { signal: signal() });
    const orphan = { ...intent, id: 'pi_orphan', status: 'succeeded' as const };

    expect(await db.transaction((tx) => settlePayment(tx, orphan))).toEqual({
      known: true,
      moved: false,
      openAttempt: null,
    });
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'declined' });
  });

  it('late money for a cancelled order buys its copies while they are free, and asks a person when they are not', async () => {
    const { shop, db, slug } = test;
    for (const taken of [false, true]) {
      const at = await atCheckout(shop, slug);
      await pay(shop, at, 'pm_card_visa_chargeDeclined');
      const intent = await shop.payments.retrieve(await intentId(at.checkoutId), { signal: signal() });
      await cancelCheckout(shop, at);
      if (taken) await addToCart(db, { cartId: uuidv7(), slug, number: at.number });

      const late = { ...intent, status: 'succeeded' as const };
      expect(await db.transaction((tx) => settlePayment(tx, late))).toMatchObject({ moved: true });

      expect(await checkoutStatus(shop, at)).toMatchObject({ answer: taken ? 'needs_review' : 'paid' });
      expect(await copyState(at.checkoutId)).toEqual(taken ? [] : ['sold']);
      const order = await getOrder(db, { orderId: at.checkoutId, cartId: at.cartId });
      expect(order).toMatchObject({ state: 'paid', reviewReason: taken ? 'copy_gone' : null });
    }
  });
});
