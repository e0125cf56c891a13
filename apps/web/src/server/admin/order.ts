import {
  type AttemptView,
  CheckoutError,
  getOrder,
  keyOf,
  type OrderView,
  type RecordState,
  readTimeline,
  type Shop,
} from '@once/checkout';
import { schema } from '@once/db';
import { asc, eq } from 'drizzle-orm';

const { ledgerPosting, orders, outbox, payment, refund } = schema;

/** All that is known here of one order. What the provider knows of it is asked for by the page. */
export interface OrderFile extends OrderView {
  readonly payment: typeof payment.$inferSelect;
  readonly postings: readonly (typeof ledgerPosting.$inferSelect)[];
  readonly refundRows: readonly (typeof refund.$inferSelect)[];
  readonly letters: readonly (typeof outbox.$inferSelect)[];
  readonly operations: readonly OperationOfOrder[];
}

export interface OperationOfOrder {
  readonly recordId: string;
  readonly operation: string;
  readonly state: RecordState;
  readonly recoveryPoint: string | null;
  readonly failedTries: number;
}

/** @throws {CheckoutError} `NOT_FOUND` */
export async function readOrder(shop: Shop, orderId: string): Promise<OrderFile> {
  const { db } = shop;
  const [order] = await db.select({ cartId: orders.cartId }).from(orders).where(eq(orders.id, orderId));
  const [money] = await db.select().from(payment).where(eq(payment.orderId, orderId));
  if (!order || !money) throw new CheckoutError('NOT_FOUND', 'no such order');
  const view = await getOrder(db, { orderId, cartId: order.cartId });
  const refundRows = await db
    .select()
    .from(refund)
    .where(eq(refund.orderId, orderId))
    .orderBy(asc(refund.createdAt), asc(refund.id));
  return {
    ...view,
    timeline: await readTimeline(db, orderId),
    payment: money,
    refundRows,
    postings: await db
      .select()
      .from(ledgerPosting)
      .where(eq(ledgerPosting.orderId, orderId))
      .orderBy(asc(ledgerPosting.postedAt)),
    letters: await db.select().from(outbox).where(eq(outbox.orderId, orderId)).orderBy(asc(outbox.createdAt)),
    operations: await operationsOf(shop, orderId, view.attempts, refundRows),
  };
}

/** Records are found by their keys, each of which follows from the order. Those that have expired are gone. */
async function operationsOf(
  { once }: Shop,
  orderId: string,
  attempts: readonly AttemptView[],
  refunds: readonly { readonly id: string }[],
): Promise<OperationOfOrder[]> {
  const names = [
    ...attempts.map(({ attempt }) => ({ operation: 'checkout.pay', key: keyOf(orderId, attempt) })),
    { operation: 'checkout.cancel', key: `${orderId}.cancel` },
    ...refunds.map(({ id }) => ({ operation: 'checkout.refund', key: id })),
  ];
  const found = await Promise.all(names.map(({ operation, key }) => once.find(operation, { scope: orderId, key })));
  return found.flatMap((record) =>
    record
      ? [
          {
            ...{ recordId: record.id, operation: record.operation, state: record.state },
            ...{ recoveryPoint: record.recoveryPoint, failedTries: record.failedTries },
          },
        ]
      : [],
  );
}
