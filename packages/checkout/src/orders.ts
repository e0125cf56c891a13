import { type Db, schema } from '@once/db';
import { and, asc, desc, eq } from 'drizzle-orm';
import type { PrintLine } from './cart.ts';
import type { Contact } from './checkout.ts';
import { CheckoutError } from './errors.ts';
import { orderNumber } from './key.ts';
import { type Owner, ordersOf } from './owner.ts';
import type { ShippingMethod, Totals } from './pricing.ts';
import { orderLines, totalsOf } from './rows.ts';

const { audit, orders, payment, paymentAttempt, refund } = schema;

export interface OrderSummary {
  readonly id: string;
  readonly orderNumber: string;
  readonly state: 'reserved' | 'paid' | 'cancelled' | 'refunded' | 'returned';
  readonly totalMinor: number;
  readonly currency: string;
  readonly createdAt: Date;
  readonly lines: readonly PrintLine[];
}

export interface AttemptView {
  readonly attempt: number;
  readonly state: 'open' | 'paid' | 'declined' | 'cancelled';
  readonly reason: string | null;
  readonly last4: string | null;
  readonly recovered: boolean;
  /** Presses that came again and were answered without anything being sent. */
  readonly replays: number;
  readonly openedAt: Date;
  readonly endedAt: Date | null;
}

export interface RefundView {
  readonly id: string;
  readonly state: 'pending' | 'succeeded' | 'failed';
  readonly amountMinor: number;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** One transition, as it was committed. */
export interface TimelineEntry {
  /** By the database's clock. */
  readonly at: Date;
  readonly action: string;
  readonly actor: string;
  readonly attempt: number | null;
  readonly detail: Readonly<Record<string, string | number | boolean | null>> | null;
}

/** A print of an order. */
export interface OrderLineView extends PrintLine {
  /** Its number within the order: what a refund names. */
  readonly line: number;
  /** Set once it was given back: its certificate is void, and the number on sale again. */
  readonly certificateVoidAt: Date | null;
}

export interface OrderView extends Omit<OrderSummary, 'totalMinor' | 'currency' | 'lines'> {
  readonly lines: readonly OrderLineView[];
  readonly reviewReason: string | null;
  readonly totals: Totals;
  readonly contact: { readonly [Field in keyof Contact]-?: string | null };
  readonly shippingMethod: ShippingMethod;
  readonly paidAt: Date | null;
  readonly last4: string | null;
  readonly attempts: readonly AttemptView[];
  readonly refundedMinor: number;
  readonly refunds: readonly RefundView[];
  /** Every transition, oldest first. */
  readonly timeline: readonly TimelineEntry[];
  /** Which link opens its receipt (receipt-links.ts). */
  readonly receiptLinksEnded: number;
}

/** @throws {CheckoutError} `NOT_FOUND`, for somebody else's order too */
export async function getOrder(
  db: Db,
  { orderId, cartId }: { readonly orderId: string; readonly cartId: string },
): Promise<OrderView> {
  const [row] = await db
    .select()
    .from(orders)
    .where(and(eq(orders.id, orderId), eq(orders.cartId, cartId)));
  if (!row) throw new CheckoutError('NOT_FOUND', 'no such order');
  const attempts = await db
    .select({
      attempt: paymentAttempt.attempt,
      state: paymentAttempt.state,
      reason: paymentAttempt.reason,
      last4: paymentAttempt.last4,
      recovered: paymentAttempt.recovered,
      replays: paymentAttempt.replays,
      openedAt: paymentAttempt.openedAt,
      endedAt: paymentAttempt.endedAt,
    })
    .from(paymentAttempt)
    .where(eq(paymentAttempt.orderId, orderId))
    .orderBy(asc(paymentAttempt.attempt));
  const { email, name, line1, line2, postalCode, city, region, country } = row;
  return {
    id: row.id,
    orderNumber: orderNumber(row.id),
    state: row.state,
    reviewReason: row.reviewReason,
    totals: totalsOf(row),
    contact: { email, name, line1, line2, postalCode, city, region, country },
    shippingMethod: row.shippingMethod,
    createdAt: row.createdAt,
    paidAt: row.paidAt,
    lines: await orderLines(db, orderId),
    last4: attempts.at(-1)?.last4 ?? null,
    attempts,
    ...(await refundsOf(db, orderId)),
    timeline: (await readTimeline(db, orderId)).map(asShopperSees),
    receiptLinksEnded: row.receiptLinksEnded,
  };
}

async function refundsOf(db: Db, orderId: string): Promise<Pick<OrderView, 'refundedMinor' | 'refunds'>> {
  const [money] = await db
    .select({ refundedMinor: payment.refundedMinor })
    .from(payment)
    .where(eq(payment.orderId, orderId));
  const refunds = await db
    .select({
      id: refund.id,
      state: refund.state,
      amountMinor: refund.amountMinor,
      createdAt: refund.createdAt,
      endedAt: refund.endedAt,
    })
    .from(refund)
    .where(eq(refund.orderId, orderId))
    .orderBy(asc(refund.createdAt), asc(refund.id));
  return { refundedMinor: money?.refundedMinor ?? 0, refunds };
}

/** Who of the staff it was, and why, is between them. */
const asShopperSees = (entry: TimelineEntry): TimelineEntry =>
  entry.actor.startsWith('staff:') ? { ...entry, actor: 'staff', detail: null } : entry;

/** Every transition of an order, oldest first, with all that was written down of it. */
export async function readTimeline(db: Db, orderId: string): Promise<TimelineEntry[]> {
  return await db
    .select({
      at: audit.at,
      action: audit.action,
      actor: audit.actor,
      attempt: audit.attempt,
      detail: audit.detail,
    })
    .from(audit)
    .where(eq(audit.subjectId, orderId))
    .orderBy(asc(audit.at), asc(audit.id));
}

/** Somebody's orders, newest first, at most a hundred. */
export async function listOrders(db: Db, owner: Owner): Promise<OrderSummary[]> {
  const rows = await db.select().from(orders).where(ordersOf(db, owner)).orderBy(desc(orders.id)).limit(100);
  return await Promise.all(
    rows.map(async ({ id, state, totalMinor, currency, createdAt }) => ({
      id,
      orderNumber: orderNumber(id),
      state,
      totalMinor,
      currency,
      createdAt,
      lines: await orderLines(db, id),
    })),
  );
}
