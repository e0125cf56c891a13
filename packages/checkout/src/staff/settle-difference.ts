import { schema } from '@once/db';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { appendAudit } from '../audit.ts';
import type { Shop } from '../shop.ts';
import { type ByHand, byHand, type HandAnswer, moved } from './by-hand.ts';

const { ledgerDifference } = schema;

export type DifferenceName = Pick<typeof ledgerDifference.$inferSelect, 'providerObjectId' | 'kind'>;

/** Says that a difference between ledger and provider needs nobody any more. It moves no money and no posting. */
export async function settleDifference(shop: Shop, difference: DifferenceName, hand: ByHand): Promise<HandAnswer> {
  const { providerObjectId, kind } = difference;
  const isIt = and(eq(ledgerDifference.providerObjectId, providerObjectId), eq(ledgerDifference.kind, kind));
  const named = { operation: 'staff.settle_difference', scope: `${providerObjectId}/${kind}` } as const;
  return await byHand(shop, named, hand, async (tx) => {
    const { actor, reason } = hand;
    const [settled] = await tx
      .update(ledgerDifference)
      .set({ resolvedAt: sql`statement_timestamp()`, resolvedBy: actor, resolution: reason })
      .where(and(isIt, isNull(ledgerDifference.resolvedAt)))
      .returning({ orderId: ledgerDifference.orderId });
    if (!settled) {
      const [found] = await tx.select({ kind: ledgerDifference.kind }).from(ledgerDifference).where(isIt);
      return moved(found && 'settled');
    }
    const detail = { providerObjectId, kind, reason };
    await appendAudit(tx, { orderId: settled.orderId, actor, action: 'difference.settled', detail });
    return undefined;
  });
}
