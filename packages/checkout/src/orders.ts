import { type Db, schema } from '@once/db';
import { and, asc, desc, eq } from 'drizzle-orm';
import type { PrintLine } from './cart.ts';
import type { Contact } from './checkout.ts';
import { CheckoutError } from './errors.ts';
import { orderNumber } from './key.ts';
import type { ShippingMethod, Totals } from './pricing.ts';
import { orderLines } from './rows.ts';

const { orders, paymentAttempt } = schema;

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
  readonly openedAt: Date;
  readonly endedAt: Date | null;
}

export interface OrderView extends Omit<OrderSummary, 'totalMinor' | 'currency'> {
  readonly reviewReason: string | null;
  readonly totals: Totals;
  readonly contact: { readonly [Field in keyof Contact]-?: string | null };
  readonly shippingMethod: ShippingMethod;
  readonly paidAt: Date | null;
  readonly last4: string | null;
  readonly attempts: readonly AttemptView[];
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
      openedAt: paymentAttempt.openedAt,
      endedAt: paymentAttempt.endedAt,
    })
    .from(paymentAttempt)
    .where(eq(paymentAttempt.orderId, orderId))
    .orderBy(asc(paymentAttempt.attempt));
  const { subtotalMinor, shippingMinor, taxMinor, totalMinor, currency } = row;
  const { email, name, line1, line2, postalCode, city, country } = row;
  return {
    id: row.id,
    orderNumber: orderNumber(row.id),
    state: row.state,
    reviewReason: row.reviewReason,
    totals: { subtotalMinor, shippingMinor, taxMinor, totalMinor, currency },
    contact: { email, name, line1, line2, postalCode, city, country },
    shippingMethod: row.shippingMethod,
    createdAt: row.createdAt,
    paidAt: row.paidAt,
    lines: await orderLines(db, orderId),
    last4: attempts.at(-1)?.last4 ?? null,
    attempts,
  };
}

/** A cart's orders, newest first, at most a hundred. */
export async function listOrders(db: Db, cartId: string): Promise<OrderSummary[]> {
  const rows = await db.select().from(orders).where(eq(orders.cartId, cartId)).orderBy(desc(orders.id)).limit(100);
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
