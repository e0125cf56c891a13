import { countAttention } from '@once/checkout';
import { type Db, schema } from '@once/db';
import { and, eq, exists, isNotNull, isNull, lte, sql } from 'drizzle-orm';

const { orders, payment, paymentAttempt, refund } = schema;

/** What waits for a person, or has been open for too long. Zero everywhere is what whoever is on call wants to see. */
export interface Needs {
  readonly flagged: number;
  readonly unknown: number;
  readonly operations: number;
  readonly differences: number;
  readonly events: number;
  readonly letters: number;
}

export async function countNeeds(db: Db): Promise<Needs> {
  const { orders: flagged, ...attention } = await countAttention(db);
  const [parked] = await db.execute<{ n: number }>(
    sql`select count(*)::int as n from idempotency.record where state = 4`,
  );
  return { flagged, ...attention, unknown: await db.$count(orders, isUnknown(db)), operations: parked?.n ?? 0 };
}

/** By then every way to find out has been tried, more than once. */
const isOld = (column: typeof paymentAttempt.openedAt | typeof refund.createdAt) =>
  lte(column, sql`statement_timestamp() - interval '5 minutes'`);

/**
 * Orders where something was sent to the provider more than five minutes ago, and what became of it is still not known.
 * Waiting for the shopper or for their bank is known. Both ways are found by the small indexes of what is still asked about.
 */
export const isUnknown = (db: Db) =>
  sql`${orders.id} in (${db
    .select({ id: payment.orderId })
    .from(payment)
    .where(
      and(
        isNotNull(payment.askAt),
        eq(payment.state, 'new'),
        exists(
          db
            .select({ one: sql`1` })
            .from(paymentAttempt)
            .where(
              and(
                eq(paymentAttempt.orderId, payment.orderId),
                eq(paymentAttempt.attempt, payment.openAttempt),
                isOld(paymentAttempt.openedAt),
              ),
            ),
        ),
      ),
    )
    .union(
      db
        .select({ id: refund.orderId })
        .from(refund)
        .where(
          and(
            isNotNull(refund.askAt),
            eq(refund.state, 'pending'),
            isNull(refund.providerRefundId),
            isOld(refund.createdAt),
          ),
        ),
    )})`;
