import { schema } from '@once/db';
import { and, eq, like, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Guest, type OpenShop, openShop } from './open-shop.ts';

const NOBODY = { guestCartId: null, userId: null, session: null, cartId: null };
const MIRA = 'mira@example.org';
const ADA = 'ada@example.org';

let open: OpenShop & { close(): Promise<void> };
beforeAll(async () => {
  open = await openShop({ ADMIN_EMAILS: `${MIRA}, ${ADA}` });
});
afterAll(() => open.close());

const db = () => open.storefront.shop.db;

/** The API as somebody with this session has it. */
function as(email: string, more: { emailVerified?: boolean; signedInAt?: Date } = {}) {
  const userId = uuidv7();
  const session = { id: uuidv7(), userId, email, emailVerified: true, signedInAt: new Date(), ...more };
  return open.storefront.caller({ ...NOBODY, userId, session }).admin;
}

const hand = (reason = 'asked by the customer') => ({ requestId: uuidv7(), reason });

async function bought(card: 'pays' | 'slow' = 'pays'): Promise<{ orderId: string; totalMinor: number; guest: Guest }> {
  const guest = new Guest(open);
  const orderId = await guest.isReadyToPay('tea-towel-for-a-giant');
  const { token } = await guest.api.checkout.testToken.mutate({ checkoutId: orderId, card });
  const { totals, refusals } = await guest.api.checkout.get.query({ checkoutId: orderId });
  await guest.api.checkout.pay.mutate({
    ...{ checkoutId: orderId, idempotencyKey: `${orderId}.${refusals}` },
    ...{ confirmationToken: token, expectedTotalMinor: totals.totalMinor },
  });
  return { orderId, totalMinor: totals.totalMinor, guest };
}

const refundOf = (orderId: string, amountMinor: number) => ({
  ...{ orderId, amountMinor, refundId: uuidv7(), lines: [], refundedMinor: 0, reason: 'asked by the customer' },
});

const refundsOf = (orderId: string) => db().select().from(schema.refund).where(eq(schema.refund.orderId, orderId));

const code = (errorCode: string) => expect.objectContaining({ code: errorCode });

describe('who may', () => {
  test('nobody without a session is let in, over HTTP either, and nothing is written', async () => {
    const { orderId } = await bought();
    const before = await open.rowCounts();
    const guest = new Guest(open);
    for (const [procedure, input] of [
      ['admin.refund', refundOf(orderId, 100)],
      ['admin.retryEvent', { ...hand(), eventId: 'evt_1' }],
      ['admin.createPromotion', { ...hand(), code: 'FREE', percentOff: 100, uses: 1_000, endsAt: null }],
    ] as const) {
      expect((await guest.send(procedure, input)).status).toBe(401);
    }
    expect((await guest.ask('admin.statement', { orderId })).status).toBe(401);
    expect(await open.rowCounts()).toEqual(before);
  });

  test('to an account without the role, or whose address is not confirmed, there is nothing here', async () => {
    const { orderId } = await bought();
    for (const stranger of [
      as('eve@example.org'),
      as(MIRA, { emailVerified: false }),
      as('MIRA@example.org.evil.test'),
    ]) {
      await expect(stranger.refund(refundOf(orderId, 100))).rejects.toEqual(code('NOT_FOUND'));
      await expect(stranger.statement({ orderId })).rejects.toEqual(code('NOT_FOUND'));
    }
    expect(await refundsOf(orderId)).toEqual([]);
  });

  test('a session whose password was asked for too long ago is asked to sign in', async () => {
    const yesterday = new Date(Date.now() - 13 * 3_600_000);
    await expect(as(MIRA, { signedInAt: yesterday }).wake({ ...hand(), ...record() })).rejects.toEqual(
      code('UNAUTHORIZED'),
    );
  });
});

const record = () => ({ recordId: uuidv7(), fence: 1, state: 'waiting' as const });

describe('a refund', () => {
  test('is whose session it was, whatever was sent along', async () => {
    const { orderId, totalMinor } = await bought();
    const forged = { ...refundOf(orderId, totalMinor), actor: `staff:${ADA}` };
    await expect(as(MIRA).refund(forged)).rejects.toEqual(code('BAD_REQUEST'));
    expect(await as(MIRA).refund(refundOf(orderId, totalMinor))).toEqual({ answer: 'succeeded' });
    expect(await refundsOf(orderId)).toMatchObject([{ actor: `staff:${MIRA}`, reason: 'asked by the customer' }]);
  });

  test('arrives three times and is one; with another amount under its id it is refused', async () => {
    const { orderId } = await bought();
    const asked = refundOf(orderId, 500);
    const mira = as(MIRA);
    expect(await Promise.all([1, 2, 3].map(() => mira.refund(asked)))).toContainEqual({ answer: 'succeeded' });
    expect(await mira.refund(asked)).toEqual({ answer: 'succeeded' });
    await expect(mira.refund({ ...asked, amountMinor: 600 })).rejects.toEqual(code('UNPROCESSABLE_CONTENT'));
    expect(await refundsOf(orderId)).toMatchObject([{ amountMinor: 500 }]);
    expect(await as(MIRA).statement({ orderId })).toMatchObject({
      kind: 'statement',
      statement: { refunds: [{ refundId: asked.refundId, amountMinor: 500, status: 'succeeded' }] },
    });
  });

  test('of two people at once is one: the other is told how much has gone back', async () => {
    const { orderId, totalMinor } = await bought();
    const answers = await Promise.all([
      as(MIRA).refund(refundOf(orderId, totalMinor)),
      as(ADA).refund(refundOf(orderId, totalMinor)),
    ]);
    expect(answers).toContainEqual({ answer: 'succeeded' });
    expect(answers).toContainEqual({ answer: 'changed', capturedMinor: totalMinor, refundedMinor: totalMinor });
    expect(await refundsOf(orderId)).toHaveLength(1);
  });

  test('of a payment that is under way, or disputed, or of an order that there is not, is refused', async () => {
    const slow = new Guest(open);
    const orderId = await slow.isReadyToPay('tea-towel-for-a-giant');
    await expect(as(MIRA).refund(refundOf(orderId, 100))).rejects.toEqual(code('NOT_FOUND'));
    const paid = await bought();
    await db()
      .update(schema.payment)
      .set({ state: 'processing', openAttempt: 0 })
      .where(eq(schema.payment.orderId, paid.orderId));
    await expect(as(MIRA).refund(refundOf(paid.orderId, 100))).rejects.toMatchObject({
      cause: { code: 'PAYMENT_UNKNOWN' },
    });
    await db()
      .update(schema.payment)
      .set({ state: 'succeeded', openAttempt: null, dispute: 'open' })
      .where(eq(schema.payment.orderId, paid.orderId));
    await expect(as(MIRA).refund(refundOf(paid.orderId, 100))).rejects.toMatchObject({ cause: { code: 'DISPUTED' } });
    await expect(as(MIRA).refund(refundOf(uuidv7(), 100))).rejects.toEqual(code('NOT_FOUND'));
    expect(await refundsOf(paid.orderId)).toEqual([]);
    await db().update(schema.payment).set({ dispute: null }).where(eq(schema.payment.orderId, paid.orderId));
  });

  test('a shopper sees in their own order that staff did something, and neither who nor why', async () => {
    const { orderId, totalMinor, guest } = await bought();
    await as(ADA).refund({ ...refundOf(orderId, totalMinor), reason: 'suspected fraud, do not tell' });
    const order = await guest.api.orders.get.query({ orderId });
    expect(order.timeline.map(({ action, actor }) => [action, actor])).toContainEqual(['refund.requested', 'staff']);
    expect(JSON.stringify(order)).not.toMatch(/suspected fraud|ada@example|staff:/);
  });
});

test('what is no id, no reason or nothing that we know is refused before anything is written', async () => {
  const { orderId } = await bought();
  const before = await open.rowCounts();
  const mira = as(MIRA);
  const id = uuidv7();
  const bad: readonly (() => Promise<unknown>)[] = [
    () => mira.refund({ ...refundOf(orderId, 100), orderId: `${orderId}' or 1=1` }),
    () => mira.refund({ ...refundOf(orderId, 100), orderId: orderId.toUpperCase() }),
    () => mira.refund({ ...refundOf(orderId, 100), refundId: 'again' }),
    () => mira.refund({ ...refundOf(orderId, 100), amountMinor: -1 }),
    () => mira.refund({ ...refundOf(orderId, 100), amountMinor: 0.5 }),
    () => mira.refund({ ...refundOf(orderId, 100), amountMinor: 2 ** 31 }),
    () => mira.refund({ ...refundOf(orderId, 100), reason: '   ' }),
    () => mira.refund({ ...refundOf(orderId, 100), reason: 'x'.repeat(501) }),
    () => mira.refund({ ...refundOf(orderId, 100), reason: 'nul \0' }),
    () => mira.park({ ...hand(), ...record(), recordId: '../../etc' }),
    () => mira.park({ ...hand(''), ...record() }),
    () => mira.wake({ ...hand(), ...record(), fence: -1 }),
    () => mira.wake({ ...hand(), ...record(), state: 'done' as 'waiting' }),
    () => mira.resolve({ ...hand(), ...record(), by: 'me' as 'provider' }),
    () => mira.retryEvent({ ...hand(), eventId: 'evt 1' }),
    () => mira.retryLetter({ ...hand(), orderId: id, subjectId: id, kind: 'advert' as 'receipt' }),
    () => mira.settleDifference({ ...hand(), providerObjectId: 'ch_1', kind: 'odd' as 'second_charge' }),
    () => mira.createPromotion({ ...hand(), code: 'A B', percentOff: 10, uses: 1, endsAt: null }),
    () => mira.createPromotion({ ...hand(), code: 'AB', percentOff: 101, uses: 1, endsAt: null }),
    () => mira.createPromotion({ ...hand(), code: 'AB', percentOff: 10, uses: 0, endsAt: null }),
    () => mira.endPromotion({ ...hand(), code: '' }),
    () => mira.reviewOrder({ ...hand(), orderId, reviewReason: "x'; --" }),
    () => mira.statement({ orderId: 'nobody' }),
  ];
  for (const send of bad) await expect(send()).rejects.toEqual(code('BAD_REQUEST'));
  await expect(mira.statement({ orderId: id })).rejects.toEqual(code('NOT_FOUND'));
  await expect(mira.reviewOrder({ ...hand(), orderId: id, reviewReason: 'odd' })).rejects.toEqual(code('NOT_FOUND'));
  // Its sessions are new, and the first use of the role in each is written down.
  const { 'public.audit': audit, ...counts } = await open.rowCounts();
  const { 'public.audit': auditBefore, ...countsBefore } = before;
  expect(counts).toEqual(countsBefore);
  expect((audit ?? 0) - (auditBefore ?? 0)).toBe(1);
});

test('every action leaves one row in the audit, with who and why', async () => {
  const { orderId } = await bought();
  const [mira, reason] = [as(MIRA), `because ${uuidv7()}`];
  await db()
    .insert(schema.providerEvent)
    .values({
      ...{ id: 'evt_1', kind: 'payment_intent.succeeded', objectId: 'pi_1' },
      parkedAt: sql`statement_timestamp()`,
    });
  await db()
    .update(schema.outbox)
    .set({ deadAt: sql`statement_timestamp()` })
    .where(eq(schema.outbox.orderId, orderId));
  await db()
    .insert(schema.ledgerDifference)
    .values({ providerObjectId: 'ch_1', kind: 'missing_there', currency: 'EUR' });
  await db().update(schema.orders).set({ reviewReason: 'amount_differs' }).where(eq(schema.orders.id, orderId));
  const nil = '00000000-0000-0000-0000-000000000000';
  const done = [
    await mira.retryEvent({ ...hand(reason), eventId: 'evt_1' }),
    await mira.retryLetter({ ...hand(reason), orderId, kind: 'receipt', subjectId: nil }),
    await mira.settleDifference({ ...hand(reason), providerObjectId: 'ch_1', kind: 'missing_there' }),
    await mira.reviewOrder({ ...hand(reason), orderId, reviewReason: 'amount_differs' }),
    await mira.createPromotion({ ...hand(reason), code: 'spring', percentOff: 10, uses: 5, endsAt: null }),
    await mira.endPromotion({ ...hand(reason), code: 'Spring' }),
  ];
  expect(done).toEqual(done.map(() => ({ answer: 'done' })));
  const entries = await db()
    .select()
    .from(schema.audit)
    .where(and(like(schema.audit.actor, 'staff:%'), sql`${schema.audit.detail} ->> 'reason' = ${reason}`));
  expect(entries.map(({ action, actor }) => `${action} ${actor}`).toSorted()).toEqual(
    [
      ...['event.retried', 'letter.retried', 'difference.settled', 'order.reviewed'],
      ...['promotion.created', 'promotion.ended'],
    ]
      .map((action) => `${action} staff:${MIRA}`)
      .toSorted(),
  );
});

test('a provider that is away is said to be, and hides nothing else', async () => {
  const own = await openShop({ ADMIN_EMAILS: MIRA, STRIPE_API_BASE: 'http://127.0.0.1:9' });
  const [{ orderId } = { orderId: '' }] = await own.storefront.shop.db
    .select({ orderId: schema.payment.orderId })
    .from(schema.payment)
    .where(eq(schema.payment.state, 'succeeded'))
    .limit(1);
  const session = { id: uuidv7(), userId: uuidv7(), email: MIRA, emailVerified: true, signedInAt: new Date() };
  const { admin } = own.storefront.caller({ ...NOBODY, session });
  expect(await admin.statement({ orderId })).toEqual({ kind: 'away' });
  await own.close();
});
