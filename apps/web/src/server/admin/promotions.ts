import { type Db, schema } from '@once/db';
import { asc, count, eq, sql } from 'drizzle-orm';

const { promotion, promotionUse } = schema;

/** Every code, running ones first. */
export async function listPromotions(db: Db) {
  const isRunning = sql<boolean>`${promotion.usesLeft} > 0
    and (${promotion.endsAt} is null or ${promotion.endsAt} > statement_timestamp())`;
  return await db
    .select({
      ...{ code: promotion.code, percentOff: promotion.percentOff, usesLeft: promotion.usesLeft },
      ...{ endsAt: promotion.endsAt, uses: count(promotionUse.orderId), isRunning },
    })
    .from(promotion)
    .leftJoin(promotionUse, eq(promotionUse.code, promotion.code))
    .groupBy(promotion.code)
    .orderBy(asc(sql`not (${isRunning})`), asc(promotion.code))
    .limit(500);
}
