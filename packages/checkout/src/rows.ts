import { type Db, schema, type Tx } from '@once/db';
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { type Actor, appendAudit } from './audit.ts';
import { CheckoutError } from './errors.ts';
import type { Totals } from './pricing.ts';

// Locks are taken in one order: checkout, order, payment, copies by id, cart. FOR NO KEY UPDATE, so that rows which
// merely refer to one of them can still be written.

const { cart, cartLine, checkout, edition, framing, orderLine, orders, payment } = schema;

export type CheckoutRow = typeof checkout.$inferSelect;
export type OwnCheckout = CheckoutRow & { readonly holdOver: boolean };
export type OrderRow = typeof orders.$inferSelect;
export type PaymentRow = typeof payment.$inferSelect;

/** Hold of a fresh number, and what each renewal gives. */
export const HOLD_MINUTES = 10;
export const inHoldMinutes = sql`statement_timestamp() + interval '${sql.raw(String(HOLD_MINUTES))} minutes'`;
/** `greatest`: a renewal never shortens a hold that was extended. */
export const renewedHold = sql`greatest(${checkout.holdUntil}, ${inHoldMinutes})`;

/** After this long `reconcile` asks the provider about what is open, and again as often. By then nobody is at it. */
const ASK_MINUTES = 5;
export const inAskMinutes = sql`statement_timestamp() + interval '${sql.raw(String(ASK_MINUTES))} minutes'`;

/** By the database's clock: ours may be wrong, and there may be several of us. */
const holdOver = sql<boolean>`${checkout.holdUntil} <= statement_timestamp()`;

/** @throws {CheckoutError} `NOT_FOUND` */
export async function lockCheckout(tx: Tx, id: string): Promise<OwnCheckout> {
  const [row] = await tx
    .select({ row: checkout, holdOver })
    .from(checkout)
    .where(eq(checkout.id, id))
    .for('no key update');
  if (!row) throw new CheckoutError('NOT_FOUND', 'no such checkout');
  return { ...row.row, holdOver: row.holdOver };
}

export async function lockOrder(tx: Tx, id: string): Promise<OrderRow | undefined> {
  const [row] = await tx.select().from(orders).where(eq(orders.id, id)).for('no key update');
  return row;
}

export async function lockPayment(tx: Tx, orderId: string): Promise<PaymentRow | undefined> {
  const [row] = await tx.select().from(payment).where(eq(payment.orderId, orderId)).for('no key update');
  return row;
}

/** Asks a person to look at an order. A reason that is there already stays: it is the older question. */
export async function flagOrder(tx: Tx, orderId: string, reason: string, actor: Actor): Promise<void> {
  const flagged = await tx
    .update(orders)
    .set({ reviewReason: reason })
    .where(and(eq(orders.id, orderId), isNull(orders.reviewReason)))
    .returning({ id: orders.id });
  if (flagged.length > 0) await appendAudit(tx, { orderId, actor, action: 'order.flagged', detail: { reason } });
}

/** The cart's open checkout, locked; `frozen` once an order was born of it. */
export async function lockOpenCheckout(
  tx: Tx,
  cartId: string,
): Promise<(CheckoutRow & { readonly frozen: boolean }) | undefined> {
  const [row] = await tx.select({ checkoutId: cart.checkoutId }).from(cart).where(eq(cart.id, cartId));
  if (!row?.checkoutId) return undefined;
  const locked = await lockCheckout(tx, row.checkoutId);
  if (locked.state === 'ended') return undefined;
  // A statement of its own: it must see an order that was committed while we waited for the lock.
  const [order] = await tx.select({ id: orders.id }).from(orders).where(eq(orders.id, locked.id));
  return { ...locked, frozen: order !== undefined };
}

/** A checkout of this cart. Somebody else's looks like none at all. @throws {CheckoutError} `NOT_FOUND` */
export async function ownCheckout(db: Db | Tx, checkoutId: string, cartId: string): Promise<OwnCheckout> {
  const [row] = await db
    .select({ row: checkout, holdOver })
    .from(checkout)
    .where(and(eq(checkout.id, checkoutId), eq(checkout.cartId, cartId)));
  if (!row) throw new CheckoutError('NOT_FOUND', 'no such checkout');
  return { ...row.row, holdOver: row.holdOver };
}

/** A print in a cart or checkout, as it is now. */
export const lineColumns = {
  editionId: edition.id,
  slug: edition.slug,
  title: edition.title,
  studio: edition.studio,
  style: edition.style,
  palette: edition.palette,
  stock: edition.stock,
  format: edition.format,
  editionCopies: edition.copies,
};

/** What was agreed. */
export const totalsOf = (order: OrderRow): Totals => ({
  subtotalMinor: order.subtotalMinor,
  discountMinor: order.discountMinor,
  shippingMinor: order.shippingMinor,
  taxMinor: order.taxMinor,
  totalMinor: order.totalMinor,
  currency: order.currency,
});

/** What is in the cart, at today's prices. */
export async function cartLines(db: Db | Tx, cartId: string) {
  return await db
    .select({
      ...lineColumns,
      number: cartLine.number,
      priceMinor: sql<number>`${edition.priceMinor} + ${framingMinor}`,
      // Not the cart's: a frame that is not offered any more is not sold. The total tells the shopper, by `changed`.
      frame: framing.frame,
      framingMinor,
      holdUntil: cartLine.holdUntil,
    })
    .from(cartLine)
    .innerJoin(edition, eq(edition.id, cartLine.editionId))
    .leftJoin(framing, and(eq(framing.editionId, cartLine.editionId), eq(framing.frame, cartLine.frame)))
    .where(eq(cartLine.cartId, cartId))
    .orderBy(asc(cartLine.addedAt), asc(cartLine.editionId), asc(cartLine.number));
}

const framingMinor = sql<number>`coalesce(${framing.priceMinor}, 0)`;

/** What was ordered, at the price that was agreed. */
export async function orderLines(db: Db | Tx, orderId: string) {
  return await db
    .select({
      ...lineColumns,
      line: orderLine.line,
      number: orderLine.number,
      priceMinor: orderLine.priceMinor,
      frame: orderLine.frame,
      framingMinor: orderLine.framingMinor,
      title: orderLine.title,
      certificateVoidAt: orderLine.certificateVoidAt,
    })
    .from(orderLine)
    .innerJoin(edition, eq(edition.id, orderLine.editionId))
    .where(eq(orderLine.orderId, orderId))
    .orderBy(asc(orderLine.line));
}
