import { type Db, schema } from '@once/db';
import { desc, isNotNull, isNull } from 'drizzle-orm';
import { ROWS } from './page.ts';

const { ledgerComparison, ledgerDifference } = schema;

export type ListedDifference = typeof ledgerDifference.$inferSelect;

/** What ledger and provider do not agree on, newest first; what was settled of it lately; the days that were compared. */
export async function readDifferences(db: Db) {
  const newest = desc(ledgerDifference.foundAt);
  const from = () => db.select().from(ledgerDifference);
  return {
    open: await from().where(isNull(ledgerDifference.resolvedAt)).orderBy(newest).limit(500),
    settled: await from().where(isNotNull(ledgerDifference.resolvedAt)).orderBy(newest).limit(ROWS),
    days: await db.select().from(ledgerComparison).orderBy(desc(ledgerComparison.day)).limit(14),
  };
}
