import { schema } from '@once/db';
import { and, desc, eq, like, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { MOST_TRIES } from '../src/inbox.ts';
import {
  applyEvents,
  type ByHand,
  checkoutStatus,
  createPromotion,
  endPromotion,
  keepEvent,
  readTimeline,
  retryEvent,
  retryLetter,
  reviewOrder,
  settleDifference,
  updateCheckout,
} from '../src/index.ts';
import { atCheckout, paidOrder, shopOfFile } from './shop.ts';

const { test } = await shopOfFile({ copies: 40 });
const { shop, db, slug } = test;

const by = (more: Partial<ByHand> = {}): ByHand => ({
  actor: 'staff:mira@example.org',
  reason: 'the bank says so',
  requestId: uuidv7(),
  ...more,
});

/** What staff did, latest first. */
const done = async (action: string) =>
  await db
    .select()
    .from(schema.audit)
    .where(and(like(schema.audit.actor, 'staff:%'), eq(schema.audit.action, action)))
    .orderBy(desc(schema.audit.at));

describe('an event that was tried too often', () => {
  const parked = async () => {
    const id = `evt_${uuidv7()}`;
    await keepEvent(db, { id, kind: 'payment_intent.succeeded', objectId: 'pi_unknown' });
    await db
      .update(schema.providerEvent)
      .set({ tries: MOST_TRIES - 1 })
      .where(eq(schema.providerEvent.id, id));
    await applyEvents(shop, { signal: AbortSignal.timeout(10_000), limit: 200 });
    const [event] = await db.select().from(schema.providerEvent).where(eq(schema.providerEvent.id, id));
    expect(event?.parkedAt).toBeInstanceOf(Date);
    return id;
  };

  it('is put back with all its tries, and who did it and why is written down in that commit', async () => {
    const id = await parked();
    expect(await retryEvent(shop, id, by())).toEqual({ answer: 'done' });
    const [event] = await db.select().from(schema.providerEvent).where(eq(schema.providerEvent.id, id));
    expect(event).toMatchObject({ tries: 0, parkedAt: null, appliedAt: null });
    expect(await done('event.retried')).toMatchObject([
      { actor: 'staff:mira@example.org', detail: { eventId: id, reason: 'the bank says so' } },
    ]);
  });

  it('is put back once, however often the same press arrives; a second person is told that it waits', async () => {
    const id = await parked();
    const before = (await done('event.retried')).length;
    const press = by();
    const answers = await Promise.all([1, 2, 3].map(() => retryEvent(shop, id, press)));
    expect(answers).toEqual([{ answer: 'done' }, { answer: 'done' }, { answer: 'done' }]);
    expect(await retryEvent(shop, id, by())).toEqual({ answer: 'moved', now: 'waiting' });
    expect(await retryEvent(shop, 'evt_nobody', by())).toEqual({ answer: 'moved', now: 'gone' });
    expect((await done('event.retried')).length).toBe(before + 1);
  });

  it('is put back by one of two people who press at the same time', async () => {
    const id = await parked();
    const answers = await Promise.all([retryEvent(shop, id, by()), retryEvent(test.another(), id, by())]);
    expect(answers.map(({ answer }) => answer).sort()).toEqual(['done', 'moved']);
  });

  it('is not another press when the same id comes with another reason', async () => {
    const id = await parked();
    const press = by();
    await retryEvent(shop, id, press);
    await expect(retryEvent(shop, id, { ...press, reason: 'another' })).rejects.toMatchObject({ code: 'KEY_REUSED' });
  });
});

describe('a dead letter', () => {
  it('goes back into the outbox, and nobody can send again what was delivered', async () => {
    const { orderId } = await paidOrder(shop, slug);
    const letter = { orderId, kind: 'receipt', subjectId: '00000000-0000-0000-0000-000000000000' } as const;
    const outbox = () => db.select().from(schema.outbox).where(eq(schema.outbox.orderId, orderId));
    expect(await retryLetter(shop, letter, by())).toEqual({ answer: 'moved', now: 'waiting' });
    await db
      .update(schema.outbox)
      .set({ deadAt: sql`statement_timestamp()`, tries: 30, lastError: 'no such mailbox' })
      .where(eq(schema.outbox.orderId, orderId));
    expect(await retryLetter(shop, letter, by())).toEqual({ answer: 'done' });
    expect(await outbox()).toMatchObject([{ deadAt: null, tries: 0, deliveredAt: null }]);
    await db
      .update(schema.outbox)
      .set({ deliveredAt: sql`statement_timestamp()` })
      .where(eq(schema.outbox.orderId, orderId));
    expect(await retryLetter(shop, letter, by())).toEqual({ answer: 'moved', now: 'delivered' });
    const subject = { orderId: uuidv7(), kind: 'receipt', subjectId: letter.subjectId } as const;
    expect(await retryLetter(shop, subject, by())).toEqual({ answer: 'moved', now: 'gone' });
  });
});

describe('a difference between ledger and provider', () => {
  it('is settled once, with who and why; nothing else of it changes', async () => {
    const name = { providerObjectId: `ch_${uuidv7()}`, kind: 'missing_there' } as const;
    const row = { ...name, oursMinor: 15_200, currency: 'EUR' };
    await db.insert(schema.ledgerDifference).values(row);
    expect(await settleDifference(shop, name, by())).toEqual({ answer: 'done' });
    expect(await settleDifference(shop, name, by({ actor: 'staff:ada' }))).toEqual({ answer: 'moved', now: 'settled' });
    const is = eq(schema.ledgerDifference.providerObjectId, name.providerObjectId);
    expect(await db.select().from(schema.ledgerDifference).where(is)).toMatchObject([
      { ...row, resolvedAt: expect.any(Date), resolvedBy: 'staff:mira@example.org', resolution: 'the bank says so' },
    ]);
  });
});

describe('an order that a person must look at', () => {
  const flagged = async (reviewReason: string) => {
    const at = await paidOrder(shop, slug);
    await db.update(schema.orders).set({ reviewReason }).where(eq(schema.orders.id, at.orderId));
    return at;
  };

  it('is reviewed as it was seen, and its shopper sees it paid again', async () => {
    const at = await flagged('amount_differs');
    const { orderId } = at;
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'needs_review' });
    const seen = { orderId, reviewReason: 'refund_failed' };
    expect(await reviewOrder(shop, seen, by())).toEqual({ answer: 'moved', now: 'amount_differs' });
    expect(await reviewOrder(shop, { orderId, reviewReason: 'amount_differs' }, by())).toEqual({ answer: 'done' });
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid' });
    expect((await readTimeline(db, orderId)).at(-1)).toMatchObject({
      action: 'order.reviewed',
      actor: 'staff:mira@example.org',
      detail: { was: 'amount_differs', reason: 'the bank says so' },
    });
    const again = await reviewOrder(shop, { orderId, reviewReason: 'amount_differs' }, by());
    expect(again).toEqual({ answer: 'moved', now: 'reviewed' });
  });

  it('is not done by looking at it while the bank disputes it, or its money has still to go back', async () => {
    for (const reviewReason of ['disputed', 'copy_gone']) {
      const { orderId } = await flagged(reviewReason);
      await expect(reviewOrder(shop, { orderId, reviewReason }, by())).rejects.toMatchObject({ code: 'REVIEW_OPEN' });
      const [order] = await db.select().from(schema.orders).where(eq(schema.orders.id, orderId));
      expect(order?.reviewReason).toBe(reviewReason);
    }
  });
});

describe('a promotion', () => {
  it('is made once and ended once, and its code is never given again', async () => {
    const code = `SPRING${uuidv7().slice(-4)}`.toUpperCase();
    const made = { code: ` ${code.toLowerCase()} `, percentOff: 15, uses: 50, endsAt: null };
    const press = by();
    expect(await createPromotion(shop, made, press)).toEqual({ answer: 'done' });
    expect(await createPromotion(shop, made, press)).toEqual({ answer: 'done' });
    expect(await createPromotion(shop, made, by())).toEqual({ answer: 'moved', now: 'taken' });
    const shopper = await atCheckout(shop, slug);
    await updateCheckout(db, { ...shopper, promotionCode: code });
    expect(await endPromotion(shop, code, by())).toEqual({ answer: 'done' });
    await expect(updateCheckout(db, { ...shopper, promotionCode: code })).rejects.toMatchObject({
      code: 'PROMOTION_INVALID',
    });
    expect(await endPromotion(shop, code, by())).toEqual({ answer: 'moved', now: 'ended' });
    expect(await endPromotion(shop, 'NOBODY', by())).toEqual({ answer: 'moved', now: 'gone' });
    expect(await createPromotion(shop, made, by())).toEqual({ answer: 'moved', now: 'taken' });
  });
});
