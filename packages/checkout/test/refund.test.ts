import { schema } from '@once/db';
import { crashAt, crashPoints } from '@once/idempotency/testing';
import { and, eq, sql } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import {
  addToCart,
  cancelCheckout,
  checkoutStatus,
  getOrder,
  recordDispute,
  recordRefund,
  refundOrder,
} from '../src/index.ts';
import { stripePayments } from '../src/payments/stripe.ts';
import { refundWorkflow } from '../src/refund/workflow.ts';
import { makeDue } from './faulty-purchase.ts';
import {
  ageRecords,
  atCheckout,
  conservation,
  finishDue,
  paidOrder,
  pay,
  refundRequest,
  shopOfFile,
  stripeOf,
} from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 80 });

const signal = AbortSignal.timeout(60_000);

/** What the provider has given back for an order. */
const givenBack = async (orderId: string) =>
  (await provider.ledger(orderId)).filter(({ kind }) => kind === 'refund').map(({ amount }) => amount);

const books = async (orderId: string) => {
  const { db } = test;
  const [money] = await db.select().from(schema.payment).where(eq(schema.payment.orderId, orderId));
  const posted = await db.select().from(schema.ledgerPosting).where(eq(schema.ledgerPosting.orderId, orderId));
  const mails = await db.select().from(schema.outbox).where(eq(schema.outbox.orderId, orderId));
  const refunds = await db.select().from(schema.refund).where(eq(schema.refund.orderId, orderId));
  return {
    intentId: money?.intentId ?? '',
    refunded: money?.refundedMinor,
    pending: money?.refundPendingMinor,
    posted: posted.map(({ kind, amountMinor }) => `${kind} ${amountMinor}`).sort(),
    notices: mails.filter(({ kind }) => kind === 'refund_notice').length,
    states: refunds.map(({ state }) => state).sort(),
    refundId: refunds[0]?.providerRefundId ?? '',
  };
};

const actions = async (at: { orderId: string; cartId: string }) =>
  (await getOrder(test.db, at)).timeline.map(({ action }) => action);

describe('a refund in full', () => {
  it('gives the money back once, makes the certificate void and the copy available, and tells the customer', async () => {
    const { shop, db, slug } = test;
    const at = await paidOrder(shop, slug);

    expect(await refundOrder(shop, refundRequest(at.orderId, at.totalMinor))).toEqual({ answer: 'succeeded' });

    expect(await givenBack(at.orderId)).toEqual([at.totalMinor]);
    expect(await books(at.orderId)).toMatchObject({
      ...{ refunded: at.totalMinor, pending: 0, notices: 1, states: ['succeeded'] },
      posted: [`charge ${at.totalMinor}`, `refund ${at.totalMinor}`],
    });
    const order = await getOrder(db, at);
    expect(order).toMatchObject({ state: 'refunded', refundedMinor: at.totalMinor });
    expect(order.lines.map(({ certificateVoidAt }) => certificateVoidAt instanceof Date)).toEqual([true]);
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'refunded' });
    expect(await addToCart(db, { cartId: crypto.randomUUID(), slug, number: at.number })).toMatchObject({
      number: at.number,
    });
    expect(await actions(at)).toEqual([
      ...['order.reserved', 'attempt.opened', 'intent.stored', 'order.paid'],
      ...['refund.requested', 'refund.succeeded', 'order.refunded'],
    ]);
  });

  it('clicked twice at once, and again later, in two processes, is one refund', async () => {
    const { shop, slug } = test;
    const at = await paidOrder(shop, slug);
    const request = refundRequest(at.orderId, at.totalMinor);
    const other = test.another();

    const answers = await Promise.all([0, 1, 2, 3].map((i) => refundOrder(i % 2 ? other : shop, request)));
    for (const { answer } of answers) expect(['succeeded', 'unknown']).toContain(answer);
    expect(await refundOrder(shop, request)).toEqual({ answer: 'succeeded' });
    expect(await givenBack(at.orderId)).toEqual([at.totalMinor]);
  });

  it('asked for by two people who saw the same page is one refund: the second is told that something changed', async () => {
    const { shop, slug } = test;
    const at = await paidOrder(shop, slug);
    const half = at.totalMinor / 2;

    const answers = await Promise.all([
      refundOrder(shop, refundRequest(at.orderId, half)),
      refundOrder(test.another(), refundRequest(at.orderId, half, { actor: 'staff:bob' })),
    ]);

    expect(answers.map(({ answer }) => answer).sort()).toEqual(['changed', 'succeeded']);
    expect(answers.find(({ answer }) => answer === 'changed')).toMatchObject({ refundedMinor: half });
    expect(await givenBack(at.orderId)).toEqual([half]);
  });
});

describe('a refund in part', () => {
  it('leaves copy and order as they are, and may be followed by another of the same amount', async () => {
    const { shop, db, slug } = test;
    const at = await paidOrder(shop, slug);

    expect(await refundOrder(shop, refundRequest(at.orderId, 500))).toEqual({ answer: 'succeeded' });
    expect(await refundOrder(shop, refundRequest(at.orderId, 500, { refundedMinor: 500 }))).toEqual({
      answer: 'succeeded',
    });

    expect(await givenBack(at.orderId)).toEqual([500, 500]);
    expect(await books(at.orderId)).toMatchObject({ refunded: 1_000, notices: 2 });
    expect(await getOrder(db, at)).toMatchObject({ state: 'paid', lines: [{ certificateVoidAt: null }] });
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid' });
  });

  it('for a copy gives that copy back, once', async () => {
    const { shop, db, slug } = test;
    const at = await paidOrder(shop, slug);

    await refundOrder(shop, refundRequest(at.orderId, 14_000, { lines: [1] }));
    const copyOf = and(eq(schema.copy.editionId, test.editionId), eq(schema.copy.number, at.number));
    expect(await db.select().from(schema.copy).where(copyOf)).toMatchObject([{ state: 'available', heldBy: null }]);
    const again = refundRequest(at.orderId, 100, { lines: [1], refundedMinor: 14_000 });
    await expect(refundOrder(shop, again)).rejects.toMatchObject({ code: 'REFUND_INVALID' });
    expect(await givenBack(at.orderId)).toEqual([14_000]);
  });

  it('of more than is left is refused, and nothing is sent', async () => {
    const { shop, slug } = test;
    const at = await paidOrder(shop, slug);

    const answer = await refundOrder(shop, refundRequest(at.orderId, at.totalMinor + 1));
    expect(answer).toEqual({ answer: 'exceeds', capturedMinor: at.totalMinor, refundedMinor: 0 });
    expect(await givenBack(at.orderId)).toEqual([]);
  });

  it('under the same id with another amount is refused: the key was used', async () => {
    const { shop, slug } = test;
    const at = await paidOrder(shop, slug);
    const first = refundRequest(at.orderId, 500);
    await refundOrder(shop, first);
    await expect(refundOrder(shop, { ...first, amountMinor: 600 })).rejects.toMatchObject({ code: 'KEY_REUSED' });
    expect(await givenBack(at.orderId)).toEqual([500]);
  });
});

describe('a refund that cannot be', () => {
  it('of a payment whose outcome is not known yet says so, stores nothing, and goes through once it is', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    const { totalMinor } = await pay(shop, at, 'pm_usBankAccount_processing');
    const request = refundRequest(at.checkoutId, totalMinor);

    await expect(refundOrder(shop, request)).rejects.toMatchObject({ code: 'PAYMENT_UNKNOWN' });
    const { intentId } = await books(at.checkoutId);
    await provider.control(`/intents/${intentId}/settle`, { result: 'succeed' });
    await makeDue(shop, at.checkoutId);
    await finishDue(shop);

    expect(await refundOrder(shop, request)).toEqual({ answer: 'succeeded' });
    expect(await givenBack(at.checkoutId)).toEqual([totalMinor]);
  });

  it('of an order that was cancelled or does not exist is refused', async () => {
    const { shop, slug } = test;
    const at = await atCheckout(shop, slug);
    await pay(shop, at, 'pm_card_visa_chargeDeclined');
    await cancelCheckout(shop, at);
    await expect(refundOrder(shop, refundRequest(at.checkoutId, 100))).rejects.toMatchObject({ code: 'NOT_PAID' });
    await expect(refundOrder(shop, refundRequest(crypto.randomUUID(), 100))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(refundOrder(shop, refundRequest(at.checkoutId, 0.5))).rejects.toMatchObject({
      code: 'REFUND_INVALID',
    });
  });

  it('while the charge is disputed is refused, and the order flagged; the dispute won, it goes through', async () => {
    const { shop, db, slug } = test;
    const at = await paidOrder(shop, slug);
    const { intentId } = await books(at.orderId);
    await provider.control(`/intents/${intentId}/dispute`, {});
    const [dispute] = (await stripeOf(test, provider).disputes.list({ payment_intent: intentId })).data;
    const disputeId = dispute?.id ?? '';

    expect(await recordDispute(shop, disputeId, { signal })).toBe('recorded');
    expect(await getOrder(db, at)).toMatchObject({ reviewReason: 'disputed' });
    const request = refundRequest(at.orderId, at.totalMinor);
    await expect(refundOrder(shop, request)).rejects.toMatchObject({ code: 'DISPUTED' });

    await provider.control(`/disputes/${disputeId}/close`, { result: 'won' });
    await Promise.all([1, 2].map(() => recordDispute(shop, disputeId, { signal })));
    expect(await getOrder(db, at)).toMatchObject({ reviewReason: null });
    expect((await actions(at)).filter((action) => action.startsWith('dispute'))).toEqual([
      'dispute.open',
      'dispute.closed',
    ]);
    expect(await refundOrder(shop, request)).toEqual({ answer: 'succeeded' });
  });

  it('after the bank gave the money back itself stays refused', async () => {
    const { shop, slug } = test;
    const at = await paidOrder(shop, slug);
    const { intentId } = await books(at.orderId);
    await provider.control(`/intents/${intentId}/dispute`, {});
    const [dispute] = (await stripeOf(test, provider).disputes.list({ payment_intent: intentId })).data;
    await provider.control(`/disputes/${dispute?.id}/close`, { result: 'lost' });
    await recordDispute(shop, dispute?.id ?? '', { signal });
    await expect(refundOrder(shop, refundRequest(at.orderId, 100))).rejects.toMatchObject({ code: 'DISPUTED' });
  });

  it('because the provider refuses it gives the amount free again', async () => {
    const { shop, slug } = test;
    const at = await paidOrder(shop, slug);
    const { intentId } = await books(at.orderId);
    // By hand, behind our back, and nobody has told us yet.
    await stripeOf(test, provider).refunds.create({ payment_intent: intentId });

    expect(await refundOrder(shop, refundRequest(at.orderId, 500))).toMatchObject({ answer: 'refused' });
    expect(await books(at.orderId)).toMatchObject({ pending: 0, refunded: 0, states: ['failed'] });
    expect(await givenBack(at.orderId)).toEqual([at.totalMinor]);
  });
});

describe('a refund that takes its time', () => {
  it('is pending, counts as taken, and is recorded when it succeeds', async () => {
    const { shop, db, slug } = test;
    const at = await paidOrder(shop, slug, 'pm_card_pendingRefund');
    expect(await refundOrder(shop, refundRequest(at.orderId, at.totalMinor))).toEqual({ answer: 'pending' });
    expect(await books(at.orderId)).toMatchObject({ refunded: 0, pending: at.totalMinor, notices: 0 });
    const more = refundRequest(at.orderId, 1, { refundedMinor: at.totalMinor });
    expect(await refundOrder(shop, more)).toMatchObject({ answer: 'exceeds' });

    const { refundId } = await books(at.orderId);
    await provider.control(`/refunds/${refundId}/settle`, { result: 'succeed' });
    await Promise.all([1, 2, 3].map(() => recordRefund(shop, refundId, { signal })));

    expect(await books(at.orderId)).toMatchObject({ refunded: at.totalMinor, pending: 0, notices: 1 });
    expect(await getOrder(db, at)).toMatchObject({ state: 'refunded' });
  });

  it('and fails gives the amount free again, keeps the copy with its owner, and asks a person', async () => {
    const { shop, db, slug } = test;
    const at = await paidOrder(shop, slug, 'pm_card_pendingRefund');
    await refundOrder(shop, refundRequest(at.orderId, at.totalMinor));
    const { refundId } = await books(at.orderId);
    await provider.control(`/refunds/${refundId}/settle`, { result: 'fail' });
    await recordRefund(shop, refundId, { signal });

    expect(await books(at.orderId)).toMatchObject({ refunded: 0, pending: 0, notices: 0, states: ['failed'] });
    const order = await getOrder(db, at);
    expect(order).toMatchObject({ state: 'paid', reviewReason: 'refund_failed', lines: [{ certificateVoidAt: null }] });
  });

  it('and fails after it had succeeded is posted back, and no page says that money is on its way', async () => {
    const { shop, db, slug } = test;
    const at = await paidOrder(shop, slug, 'pm_card_refundFail');
    await refundOrder(shop, refundRequest(at.orderId, at.totalMinor));
    const { refundId } = await books(at.orderId);
    await provider.control(`/refunds/${refundId}/settle`, { result: 'fail' });
    await Promise.all([1, 2].map(() => recordRefund(shop, refundId, { signal })));

    expect(await books(at.orderId)).toMatchObject({
      refunded: 0,
      posted: [`charge ${at.totalMinor}`, `refund ${at.totalMinor}`, `refund_reversal ${at.totalMinor}`],
    });
    expect(await getOrder(db, at)).toMatchObject({ reviewReason: 'refund_failed' });
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'needs_review' });
  });
});

it('refunds that were made at the provider by hand are taken into the books, each once, beside one of ours', async () => {
  const { shop, db, slug } = test;
  const at = await paidOrder(shop, slug);
  const { intentId } = await books(at.orderId);
  await refundOrder(shop, refundRequest(at.orderId, 700));
  const stripe = stripeOf(test, provider);
  const made = await stripe.refunds.create({ payment_intent: intentId, amount: 300 });
  const rest = await stripe.refunds.create({ payment_intent: intentId });

  await Promise.all([1, 2, 3].map(() => recordRefund(shop, made.id, { signal })));
  expect(await books(at.orderId)).toMatchObject({ refunded: 1_000, pending: 0, states: ['succeeded', 'succeeded'] });
  expect(await getOrder(db, at)).toMatchObject({ state: 'paid' });
  await Promise.all([1, 2, 3].map(() => recordRefund(shop, rest.id, { signal })));

  expect(await books(at.orderId)).toMatchObject({ refunded: at.totalMinor, pending: 0, notices: 3 });
  expect(await getOrder(db, at)).toMatchObject({ state: 'refunded', lines: [{ certificateVoidAt: expect.any(Date) }] });
});

describe('the provider’s answer', () => {
  const ofRefund = (orderId: string) => ({ order_id: orderId, method: 'POST' as const, path: '/v1/refunds' });

  it.each(['rst_after', 'cut_body', 'error_500_after', 'bad_gateway_html', 'rst_before', 'lock_timeout'])(
    'lost to %s is looked up before anything is sent again: one refund',
    async (action) => {
      const { shop, slug } = test;
      const at = await paidOrder(shop, slug);
      const fault = await provider.arm({ match: ofRefund(at.orderId), action, times: 2 });
      const request = refundRequest(at.orderId, at.totalMinor);

      await refundOrder(shop, request);
      await vi.waitFor(async () => {
        await makeDue(shop, at.orderId);
        await finishDue(shop);
        expect(await refundOrder(shop, request)).toEqual({ answer: 'succeeded' });
      });

      expect(await fault.hits()).toBeGreaterThan(0);
      expect(await givenBack(at.orderId)).toEqual([at.totalMinor]);
      expect(await books(at.orderId)).toMatchObject({ refunded: at.totalMinor, pending: 0, notices: 1 });
    },
  );

  it('that comes later than we wait, and after we have looked for it and sent again, is one refund: the key is the same', async () => {
    const { slug } = test;
    const shop = test.another({
      payments: stripePayments({ secretKey: test.secretKey, apiBase: provider.apiBase, timeoutMs: 300 }),
    });
    const at = await paidOrder(test.shop, slug);
    // Less than half, so that the provider's own "more than was paid" cannot be what prevents the second.
    const request = refundRequest(at.orderId, 500);
    const slow = await provider.arm({ match: ofRefund(at.orderId), action: { name: 'slow_before', ms: 2_000 } });
    expect(await refundOrder(shop, request)).toMatchObject({ answer: 'unknown' });
    await makeDue(shop, at.orderId);
    await finishDue(shop);
    expect(await slow.hits()).toBe(1);

    await vi.waitFor(
      async () => {
        await makeDue(shop, at.orderId);
        await finishDue(shop);
        expect(await refundOrder(shop, request)).toEqual({ answer: 'succeeded' });
      },
      { timeout: 15_000, interval: 200 },
    );
    await provider.idle(test.secretKey.replace('sk_test_', ''));
    expect(await givenBack(at.orderId)).toEqual([500]);
  });

  it('that never came is not asked for by sending after twelve hours: a person decides', async () => {
    const { shop, slug } = test;
    const at = await paidOrder(shop, slug);
    const fault = await provider.arm({ match: ofRefund(at.orderId), action: 'rst_before', times: 2 });
    const request = refundRequest(at.orderId, at.totalMinor);
    await refundOrder(shop, request);
    await fault.disarm();
    await shop.db.execute(sql`
      update idempotency.record set due_at = statement_timestamp(), advanced_at = advanced_at - interval '12 hours'
      where scope = ${at.orderId} and operation = 'checkout.refund'`);
    await finishDue(shop);

    expect(await refundOrder(shop, request)).toEqual({ answer: 'needs_review' });
    expect(await givenBack(at.orderId)).toEqual([]);
  });
});

it('after all of this no copy is sold twice or to nobody, and the books have what was charged less what went back', async () => {
  expect(await conservation(test.shop)).toMatchObject({ twice: 0, unowned: 0, unpaid: 0 });
});

const points = crashPoints(refundWorkflow('web'));

describe('refunding, web stopped', () => {
  it.each(points)('at %s: the worker finishes, and the money goes back once', async (point) => {
    const { shop, slug } = test;
    const at = await paidOrder(shop, slug);
    const { at: stop, reached } = crashAt(point);
    const request = refundRequest(at.orderId, at.totalMinor);

    void refundOrder(test.another({ at: stop }), request).catch(() => {});
    await reached;
    await vi.waitFor(async () => {
      await ageRecords(shop);
      await finishDue(shop);
      expect(await refundOrder(shop, request)).toEqual({ answer: 'succeeded' });
    });

    expect(await givenBack(at.orderId)).toEqual([at.totalMinor]);
    expect(await books(at.orderId)).toMatchObject({ refunded: at.totalMinor, pending: 0, notices: 1 });
  });
});
