import { schema, type Tx } from '@once/db';
import { eq, sql } from 'drizzle-orm';
import { type AuditEntry, appendAudit } from './audit.ts';
import type { PrintLine } from './cart.ts';
import { type BoughtCopy, freeCopy, heldCount, inLockOrder, takeCopy } from './copies.ts';
import { CheckoutError } from './errors.ts';
import type { PayInput } from './pay.ts';
import { priceOf, type Totals } from './pricing.ts';
import { findPromotion, type Promotion, takePromotion } from './promotions.ts';
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
  /** Undefined in what an older version has reserved: then its create is sent without them, as that version sends it. */
  readonly copies?: readonly BoughtCopy[] | undefined;
}

/** This attempt is not the checkout's next one, and has no record of its own. Nothing is stored; the caller asks `status`. */
export class AttemptMoved extends Error {
  override readonly name = 'AttemptMoved';
  readonly code = 'ATTEMPT_MOVED';
}

/** By its code: a bundler may load this module twice, and then `instanceof` says no to the right error. */
export const isAttemptMoved = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ATTEMPT_MOVED';

type Lines = PrintLine[];

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

  const no = (refusal: Refusal) => refuse(tx, id, refusal, 'shopper');
  if (open.holdOver) return await no({ answer: 'changed', reason: 'hold_ended' });
  const lines = order ? await orderLines(tx, order.id) : await cartLines(tx, open.cartId);
  if (lines.length === 0) throw new CheckoutError('CART_EMPTY', 'there is nothing in the cart');
  const promotion = order ? null : await findPromotion(tx, open.promotionCode);
  const totals = order ?? priceOf(lines, open.shippingMethod, promotion);
  if (totals.totalMinor !== input.expectedTotalMinor) {
    if (!order && open.promotionCode && !promotion)
      return await no(await withoutCode(tx, open, lines, input.expectedTotalMinor));
    const [oldTotalMinor, newTotalMinor] = [input.expectedTotalMinor, totals.totalMinor];
    return await no({ answer: 'changed', reason: 'price_changed', oldTotalMinor, newTotalMinor });
  }
  const why = order ? await missing(tx, order.id, lines) : await takeAndBear(tx, open, lines, { totals, promotion });
  if (why) return await no(why);
  await openAttempt(tx, id, input.confirmationToken, !order);
  return {
    ...id,
    amountMinor: totals.totalMinor,
    currency: totals.currency,
    token: input.confirmationToken,
    returnUrl,
    intentId: money?.intentId ?? null,
    copies: lines.map(({ editionId, number, frame }) => ({ editionId, number, frame })),
  } satisfies Reserved;
}

interface Price {
  readonly totals: Totals;
  readonly promotion: Promotion | null;
}

/** All copies and the code, or nothing: one short, and what was taken here is given back before the refusal is stored. */
async function takeAndBear(tx: Tx, open: CheckoutRow, lines: Lines, price: Price): Promise<Refusal | undefined> {
  const { promotion, totals } = price;
  const { gone, taken } = await takeAll(tx, open, lines);
  // The code comes last: whoever cannot have the copies must not stand in the way of those who use it.
  const used = gone.length === 0 && (promotion === null || (await takePromotion(tx, promotion, open.id)));
  if (used) {
    await bear(tx, open, lines, price);
    return undefined;
  }
  for (const line of taken) await freeCopy(tx, line, [open.id]);
  return gone.length > 0 ? copySold(gone) : await withoutCode(tx, open, lines, totals.totalMinor);
}

async function takeAll(tx: Tx, open: CheckoutRow, lines: Lines): Promise<{ gone: Lines; taken: Lines }> {
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
  return { gone, taken };
}

/** The code is taken off the checkout, so that the page shows what agreeing would cost. */
async function withoutCode(tx: Tx, open: CheckoutRow, lines: Lines, oldTotalMinor: number): Promise<Refusal> {
  await tx.update(checkout).set({ promotionCode: null }).where(eq(checkout.id, open.id));
  const { totalMinor: newTotalMinor } = priceOf(lines, open.shippingMethod);
  return { answer: 'changed', reason: 'promotion_ended', oldTotalMinor, newTotalMinor };
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
export async function bear(tx: Tx, open: CheckoutRow, lines: Lines, { totals, promotion }: Price): Promise<void> {
  const { email, name, line1, line2, postalCode, city, region, country } = open;
  if (!email || !name || !line1 || !postalCode || !city || !country) {
    throw new CheckoutError('CHECKOUT_INCOMPLETE', 'contact and address come first');
  }
  await tx.insert(orders).values({
    ...totals,
    id: open.id,
    cartId: open.cartId,
    state: 'reserved',
    shippingMethod: open.shippingMethod,
    promotionCode: promotion?.code ?? null,
    ...{ email, name, line1, line2, postalCode, city, region, country },
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
      frame: line.frame,
      framingMinor: line.framingMinor,
    })),
  );
  await tx.insert(payment).values({ orderId: open.id, currency: open.currency });
}

async function openAttempt(
  tx: Tx,
  id: { orderId: string; attempt: number },
  confirmationToken: string,
  isFirst: boolean,
): Promise<void> {
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
  await tx.update(checkout).set({ holdUntil: renewedHold }).where(eq(checkout.id, id.orderId));
  const entry = (action: AuditEntry['action']): AuditEntry => ({ ...id, actor: 'shopper', action });
  await appendAudit(tx, ...(isFirst ? [entry('order.reserved')] : []), entry('attempt.opened'));
}
