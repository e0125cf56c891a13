import { schema } from '@once/db';
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { appendAudit } from '../audit.ts';
import { asCode } from '../promotions.ts';
import type { Shop } from '../shop.ts';
import { type ByHand, byHand, type HandAnswer, moved } from './by-hand.ts';

const { promotion } = schema;

export interface NewPromotion {
  readonly code: string;
  readonly percentOff: number;
  readonly uses: number;
  /** Null: it ends when it is used up, or by hand. */
  readonly endsAt: Date | null;
}

/** A code is given once: what an ended one has meant stays readable in its orders. */
export async function createPromotion(shop: Shop, made: NewPromotion, hand: ByHand): Promise<HandAnswer> {
  const code = asCode(made.code);
  const { percentOff, uses, endsAt } = made;
  return await byHand(shop, { operation: 'staff.create_promotion', scope: code }, hand, async (tx) => {
    const created = await tx
      .insert(promotion)
      .values({ code, percentOff, usesLeft: uses, endsAt })
      .onConflictDoNothing()
      .returning({ code: promotion.code });
    if (created.length === 0) return moved('taken');
    const { actor, reason } = hand;
    const detail = { code, percentOff, uses, endsAt: endsAt?.toISOString() ?? null, reason };
    await appendAudit(tx, { orderId: null, actor, action: 'promotion.created', detail });
    return undefined;
  });
}

/** From now on nobody can use it. Orders that have used it keep their price. */
export async function endPromotion(shop: Shop, code: string, hand: ByHand): Promise<HandAnswer> {
  return await byHand(shop, { operation: 'staff.end_promotion', scope: code }, hand, async (tx) => {
    const now = sql`statement_timestamp()`;
    const ended = await tx
      .update(promotion)
      .set({ endsAt: now })
      .where(and(eq(promotion.code, code), or(isNull(promotion.endsAt), gt(promotion.endsAt, now))))
      .returning({ usesLeft: promotion.usesLeft });
    if (!ended[0]) {
      const [found] = await tx.select({ code: promotion.code }).from(promotion).where(eq(promotion.code, code));
      return moved(found && 'ended');
    }
    const { actor, reason } = hand;
    const detail = { code, usesLeft: ended[0].usesLeft, reason };
    await appendAudit(tx, { orderId: null, actor, action: 'promotion.ended', detail });
    return undefined;
  });
}
