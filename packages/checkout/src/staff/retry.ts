import { schema } from '@once/db';
import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import { appendAudit } from '../audit.ts';
import type { Shop } from '../shop.ts';
import { type ByHand, byHand, type HandAnswer, moved } from './by-hand.ts';

const { outbox, providerEvent } = schema;

// What was tried too often is tried again: from the beginning, with all its tries.

const afresh = { tries: 0, dueAt: sql`statement_timestamp()` };

/** Puts a parked event back into the inbox. */
export async function retryEvent(shop: Shop, eventId: string, hand: ByHand): Promise<HandAnswer> {
  return await byHand(shop, { operation: 'staff.retry_event', scope: eventId }, hand, async (tx) => {
    const retried = await tx
      .update(providerEvent)
      .set({ ...afresh, parkedAt: null })
      .where(and(eq(providerEvent.id, eventId), isNotNull(providerEvent.parkedAt), isNull(providerEvent.appliedAt)))
      .returning({ kind: providerEvent.kind });
    if (!retried[0]) {
      const [event] = await tx.select().from(providerEvent).where(eq(providerEvent.id, eventId));
      return moved(event && (event.appliedAt ? 'applied' : 'waiting'));
    }
    const { actor, reason } = hand;
    const detail = { eventId, kind: retried[0].kind, reason };
    await appendAudit(tx, { orderId: null, actor, action: 'event.retried', detail });
    return undefined;
  });
}

export type LetterName = Pick<typeof outbox.$inferSelect, 'orderId' | 'kind' | 'subjectId'>;

/** Puts a dead letter back into the outbox. */
export async function retryLetter(shop: Shop, letter: LetterName, hand: ByHand): Promise<HandAnswer> {
  const { orderId, kind, subjectId } = letter;
  const isLetter = and(eq(outbox.orderId, orderId), eq(outbox.kind, kind), eq(outbox.subjectId, subjectId));
  const scope = `${orderId}/${kind}/${subjectId}`;
  return await byHand(shop, { operation: 'staff.retry_letter', scope }, hand, async (tx) => {
    const retried = await tx
      .update(outbox)
      .set({ ...afresh, deadAt: null })
      .where(and(isLetter, isNotNull(outbox.deadAt), isNull(outbox.deliveredAt)))
      .returning({ orderId: outbox.orderId });
    if (retried.length === 0) {
      const [found] = await tx.select().from(outbox).where(isLetter);
      return moved(found && (found.deliveredAt ? 'delivered' : 'waiting'));
    }
    const { actor, reason } = hand;
    await appendAudit(tx, { orderId, actor, action: 'letter.retried', detail: { kind, subjectId, reason } });
    return undefined;
  });
}
