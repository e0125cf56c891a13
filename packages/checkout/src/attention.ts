import { type Db, schema } from '@once/db';
import { and, isNotNull, isNull } from 'drizzle-orm';

const { ledgerDifference, orders, outbox, providerEvent } = schema;

/** What waits for a person, counted. Zero everywhere is what an operator wants to see. */
export interface Attention {
  /** Orders with a `review_reason`. */
  readonly orders: number;
  /** Provider events that were tried too often. */
  readonly events: number;
  /** Mails that were tried too often. */
  readonly letters: number;
  /** Differences between ledger and provider that nobody has resolved. */
  readonly differences: number;
}

export async function countAttention(db: Db): Promise<Attention> {
  return {
    orders: await db.$count(orders, isNotNull(orders.reviewReason)),
    events: await db.$count(providerEvent, and(isNotNull(providerEvent.parkedAt), isNull(providerEvent.appliedAt))),
    letters: await db.$count(outbox, and(isNotNull(outbox.deadAt), isNull(outbox.deliveredAt))),
    differences: await db.$count(ledgerDifference, isNull(ledgerDifference.resolvedAt)),
  };
}
