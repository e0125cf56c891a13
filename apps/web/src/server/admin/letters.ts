import { type Db, schema } from '@once/db';
import { and, asc, desc, isNotNull, isNull } from 'drizzle-orm';
import { ROWS } from './page.ts';

const { outbox } = schema;

const columns = {
  ...{ orderId: outbox.orderId, kind: outbox.kind, subjectId: outbox.subjectId, createdAt: outbox.createdAt },
  ...{ dueAt: outbox.dueAt, tries: outbox.tries, lastError: outbox.lastError, deadAt: outbox.deadAt },
};

export type ListedLetter = Pick<typeof outbox.$inferSelect, keyof typeof columns>;

const isDead = and(isNotNull(outbox.deadAt), isNull(outbox.deliveredAt));
const isWaiting = and(isNull(outbox.deadAt), isNull(outbox.deliveredAt));

/** What was tried too often, newest first, and what is still being tried, next due first. The first fifty of each. */
export async function readOutbox(db: Db) {
  return {
    dead: await db.select(columns).from(outbox).where(isDead).orderBy(desc(outbox.deadAt)).limit(ROWS),
    waiting: await db.select(columns).from(outbox).where(isWaiting).orderBy(asc(outbox.dueAt)).limit(ROWS),
    deadCount: await db.$count(outbox, isDead),
    waitingCount: await db.$count(outbox, isWaiting),
  };
}
