import { schema, type Tx } from '@once/db';
import { sql } from 'drizzle-orm';
import { freeCopy, heldCount, inLockOrder, takeCopy } from './copies.ts';
import { CheckoutError } from './errors.ts';
import type { PayInput } from './pay.ts';
import { priceOf } from './pricing.ts';
import { type Refusal, refuse } from './refuse.ts';
import { type CheckoutRow, cartLines, lockCheckout, lockOrder, lockPayment, orderLines, renewedHold } from './rows.ts';

const { checkout, copy, orderLine, orders, payment, paymentAttempt } = schema;

/** All that will be sent to the provider under derived keys, frozen here: no later request or setting can change it. */
export interface Reserved {
  readonly orderId: string;
  readonly attempt: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly token: string;
  readonly returnUrl: string;
  readonly intentId: string | null;
}

/** This attempt is not the checkout's next one, and has no record of its own. Nothing is stored; the caller asks `status`. */
export class AttemptMoved extends Error {
  override readonly name = 'AttemptMoved';
  readonly code = 'ATTEMPT_MOVED';
}

/** By its code: a bundler may load this module twice, and then `instanceof` says no to the right error. */
export const isAttemptMoved = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ATTEMPT_MOVED';

type Lines = Awaited<ReturnType<typeof orderLines>>;

/**
 * The first phase of `pay`: the order is born with its copies, or one more attempt is opened on it.
 *
 * @throws {AttemptMoved} {CheckoutError} `CHECKOUT_INCOMPLETE`, `CART_EMPTY`; nothing is stored then
 */
export async function reserve(tx: Tx, input: PayInput, returnUrl: string) {
  const open = await lockCheckout(tx, input.checkoutId);
  const order = await lockOrder(tx, open.id);
  const money = order && (await lockPayment(tx, order.id));
  const moved = open.state === 'ended' || open.refusals !== input.attempt || (order && order.state !== 'reserved');
  // An open attempt of this number without a record can only be one whose record was removed: it must not run twice.
  if (moved || (money && money.openAttempt !== null)) throw new AttemptMoved('this checkout has moved on');
  const id = { orderId: open.id, attempt: input.attempt };

  if (open.holdOver) return await refuse(tx, id, { answer: 'changed', reason: 'hold_ended' });
  const lines = order ? await orderLines(tx, order.id) : await cartLines(tx, open.cartId);
  if (lines.length === 0) throw new CheckoutError('CART_EMPTY', 'there is nothing in the cart');
  const totals = order ?? priceOf(lines, open.shippingMethod);
  if (totals.totalMinor !== input.expectedTotalMinor) {
    return await refuse(tx, id, {
      answer: 'changed',
      reason: 'price_changed',
      oldTotalMinor: input.expectedTotalMinor,
      newTotalMinor: totals.totalMinor,
    });
  }
  const short = order ? await missing(tx, order.id, lines) : await takeAllOrGiveBack(tx, open, lines);
  if (short) return await refuse(tx, id, short);

  if (!order) await bear(tx, open, lines);
  await openAttempt(tx, id, input.confirmationToken);
  return {
    ...id,
    amountMinor: totals.totalMinor,
    currency: totals.currency,
    token: input.confirmationToken,
    returnUrl,
    intentId: money?.intentId ?? null,
  } satisfies Reserved;
}

/** All lines or none: one short, and what was taken here is given back before the refusal is stored. */
async function takeAllOrGiveBack(tx: Tx, open: CheckoutRow, lines: Lines): Promise<Refusal | undefined> {
  const before = await tx
    .select({ editionId: copy.editionId, number: copy.number })
    .from(copy)
    .where(sql`${copy.state} = 'held' and ${copy.heldBy} in (${open.id}::uuid, ${open.cartId}::uuid)`);
  const gone: Lines = [];
  const taken: Lines = [];
  for (const line of inLockOrder(lines)) {
    if (!(await takeCopy(tx, line, open.id, [open.cartId]))) gone.push(line);
    else if (!before.some((b) => b.editionId === line.editionId && b.number === line.number)) taken.push(line);
  }
  if (gone.length === 0) return undefined;
  for (const line of taken) await freeCopy(tx, line, [open.id]);
  return copySold(gone);
}

/** An order's copies are its own until it is cancelled; only an operator can have taken one. */
async function missing(tx: Tx, orderId: string, lines: Lines): Promise<Refusal | undefined> {
  return (await heldCount(tx, orderId)) === lines.length ? undefined : copySold(lines);
}

const copySold = (lines: Lines): Refusal => ({
  answer: 'changed',
  reason: 'copy_sold',
  copies: lines.map(({ slug, title, number }) => ({ slug, title, number })),
});

/** The order, frozen: lines, total, currency and address. */
async function bear(tx: Tx, open: CheckoutRow, lines: Lines): Promise<void> {
  const { email, name, line1, line2, postalCode, city, country } = open;
  if (!email || !name || !line1 || !postalCode || !city || !country) {
    throw new CheckoutError('CHECKOUT_INCOMPLETE', 'contact and address come first');
  }
  await tx.insert(orders).values({
    ...priceOf(lines, open.shippingMethod),
    id: open.id,
    cartId: open.cartId,
    state: 'reserved',
    shippingMethod: open.shippingMethod,
    ...{ email, name, line1, line2, postalCode, city, country },
  });
  await tx.insert(orderLine).values(
    lines.map((line, index) => ({
      orderId: open.id,
      line: index + 1,
      editionId: line.editionId,
      number: line.number,
      slug: line.slug,
      title: line.title,
      editionCopies: line.editionCopies,
      priceMinor: line.priceMinor,
    })),
  );
  await tx.insert(payment).values({ orderId: open.id, currency: open.currency });
}

async function openAttempt(tx: Tx, id: { orderId: string; attempt: number }, confirmationToken: string): Promise<void> {
  const opened = await tx
    .insert(paymentAttempt)
    .values({ ...id, confirmationToken })
    .onConflictDoNothing()
    .returning({ attempt: paymentAttempt.attempt });
  const owned = await tx
    .update(payment)
    .set({ openAttempt: id.attempt })
    .where(sql`${payment.orderId} = ${id.orderId}::uuid and ${payment.openAttempt} is null`)
    .returning({ orderId: payment.orderId });
  if (opened.length === 0 || owned.length === 0) throw new AttemptMoved('this attempt was made before');
  await tx.update(checkout).set({ holdUntil: renewedHold }).where(sql`${checkout.id} = ${id.orderId}::uuid`);
}
