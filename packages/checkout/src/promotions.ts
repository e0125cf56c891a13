import { type Db, schema, type Tx } from '@once/db';
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';

const { promotion, promotionUse } = schema;

export interface Promotion {
  readonly code: string;
  readonly percentOff: number;
}

const running = and(
  gt(promotion.usesLeft, 0),
  or(isNull(promotion.endsAt), gt(promotion.endsAt, sql`statement_timestamp()`)),
);

/** What a code takes off now; null for one that nobody can use: unknown, ended or used up. Promises nothing: reserve does. */
export async function findPromotion(db: Db | Tx, code: string | null): Promise<Promotion | null> {
  if (code === null) return null;
  const [found] = await db
    .select({ code: promotion.code, percentOff: promotion.percentOff })
    .from(promotion)
    .where(and(eq(promotion.code, code), running));
  return found ?? null;
}

/** Uses a code for an order. One UPDATE counts and checks, so that the last use goes to one of fifty who ask at once. */
export async function takePromotion(tx: Tx, { code, percentOff }: Promotion, orderId: string): Promise<boolean> {
  const taken = await tx
    .update(promotion)
    .set({ usesLeft: sql`${promotion.usesLeft} - 1` })
    .where(and(eq(promotion.code, code), eq(promotion.percentOff, percentOff), running))
    .returning({ code: promotion.code });
  if (taken.length === 0) return false;
  await tx.insert(promotionUse).values({ code, orderId });
  return true;
}

/** Gives the order's use back: in the commit that cancels it. A second time there is nothing to give. */
export async function givePromotionBack(tx: Tx, orderId: string): Promise<void> {
  const used = await tx.delete(promotionUse).where(eq(promotionUse.orderId, orderId)).returning();
  for (const { code } of used) {
    await tx
      .update(promotion)
      .set({ usesLeft: sql`${promotion.usesLeft} + 1` })
      .where(eq(promotion.code, code));
  }
}

/** Codes are written in capitals; people type them as they like. */
export const asCode = (typed: string): string => typed.trim().toUpperCase();
