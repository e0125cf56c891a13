import { schema } from '@once/db';
import { desc, eq } from 'drizzle-orm';
import type { Answer, Status } from './answer.ts';
import { getCart } from './cart.ts';
import { keyOf, orderNumber } from './key.ts';
import type { DeclineReason } from './payments/payments.ts';
import type { Refusal } from './refuse.ts';
import { type OrderRow, type OwnCheckout, orderLines, ownCheckout, type PaymentRow } from './rows.ts';
import type { Shop } from './shop.ts';

const { orders, payment, paymentAttempt } = schema;

type AttemptRow = typeof paymentAttempt.$inferSelect;
interface Rows {
  readonly checkout: OwnCheckout;
  readonly order: OrderRow | undefined;
  readonly payment: PaymentRow | undefined;
  /** The latest one. */
  readonly attempt: AttemptRow | undefined;
}

/** What is true of a checkout now. Reads only; a page may ask as often as it likes. @throws {CheckoutError} `NOT_FOUND` */
export async function checkoutStatus(
  shop: Shop,
  { checkoutId, cartId }: { readonly checkoutId: string; readonly cartId: string },
): Promise<Status> {
  const rows = await read(shop, checkoutId, cartId);
  return { ...(await facts(shop, rows)), ...(await answer(shop, rows)) };
}

/** The same page facts, for an answer that is known already. */
export async function statusOf(
  shop: Shop,
  { checkoutId, cartId }: { readonly checkoutId: string; readonly cartId: string },
  known: Answer,
): Promise<Status> {
  return { ...(await facts(shop, await read(shop, checkoutId, cartId))), ...known };
}

async function read({ db }: Shop, checkoutId: string, cartId: string): Promise<Rows> {
  const checkout = await ownCheckout(db, checkoutId, cartId);
  const [order] = await db.select().from(orders).where(eq(orders.id, checkoutId));
  const [money] = await db.select().from(payment).where(eq(payment.orderId, checkoutId));
  const [attempt] = await db
    .select()
    .from(paymentAttempt)
    .where(eq(paymentAttempt.orderId, checkoutId))
    .orderBy(desc(paymentAttempt.attempt))
    .limit(1);
  return { checkout, order, payment: money, attempt };
}

async function facts({ db }: Shop, { checkout, order, attempt }: Rows): Promise<Omit<Status, keyof Answer>> {
  const cart = order ? undefined : await getCart(db, checkout.cartId);
  const lines = order ? await orderLines(db, order.id) : (cart?.lines ?? []);
  return {
    checkoutId: checkout.id,
    orderNumber: orderNumber(checkout.id),
    hasOrder: order !== undefined,
    refusals: checkout.refusals,
    totalMinor: order?.totalMinor ?? cart?.totals.totalMinor ?? 0,
    currency: checkout.currency,
    email: (order ?? checkout).email,
    last4: attempt?.last4 ?? null,
    holdUntil: checkout.state === 'open' ? checkout.holdUntil : null,
    lines: lines.map(({ slug, title, number }) => ({ slug, title, number })),
  };
}

async function answer(shop: Shop, rows: Rows): Promise<Answer> {
  const { checkout, order, attempt } = rows;
  switch (order?.state) {
    case 'paid':
      if (order.reviewReason) return { answer: 'needs_review' };
      return { answer: 'paid', how: attempt?.recovered ? 'recovered' : 'succeeded' };
    case 'cancelled':
    case 'refunded':
    case 'returned':
      // The money came back: nobody may be told that it is on its way.
      return { answer: order.reviewReason === 'refund_failed' ? 'needs_review' : order.state };
    case 'reserved':
      return rows.payment?.openAttempt == null
        ? await lastRefusal(shop, rows)
        : await openAnswer(shop, rows, rows.payment.openAttempt);
    case undefined:
      if (checkout.state === 'open') return await lastRefusal(shop, rows);
      return checkout.holdUntil <= (checkout.endedAt ?? checkout.holdUntil)
        ? { answer: 'changed', reason: 'hold_ended' }
        : { answer: 'cancelled' };
  }
}

/** An attempt is under way: here, in another request, with the worker, or with the bank. */
async function openAnswer(shop: Shop, { checkout, payment: money }: Rows, attempt: number): Promise<Answer> {
  if (money?.state === 'requires_action' && money.redirectUrl) {
    return { answer: 'requires_action', redirectUrl: money.redirectUrl };
  }
  const record = await findPay(shop, checkout.id, attempt);
  if (record?.state === 'needs_review') return { answer: 'needs_review' };
  if (money?.state !== 'processing' && record?.state === 'waiting') return { answer: 'unknown', retryAfterMs: 2_000 };
  return { answer: 'processing', retryAfterMs: 1_000 };
}

/** Nothing is under way: what the latest attempt was told, for as long as its record is kept. */
async function lastRefusal(shop: Shop, { checkout, attempt }: Rows): Promise<Answer> {
  if (checkout.refusals === 0) return { answer: 'open' };
  const record = await findPay(shop, checkout.id, checkout.refusals - 1);
  if (record?.state === 'rejected') {
    const refusal = record.outcome as Refusal;
    // A hold that was renewed since is not over.
    const stale = refusal.reason === 'hold_ended' && !checkout.holdOver;
    return stale ? { answer: 'open' } : refusal;
  }
  if (attempt?.state !== 'declined') return { answer: 'open' };
  return { answer: 'declined', reason: attempt.reason as DeclineReason, last4: attempt.last4 };
}

const findPay = async (shop: Shop, checkoutId: string, attempt: number) =>
  await shop.once.find('checkout.pay', { scope: checkoutId, key: keyOf(checkoutId, attempt) });
