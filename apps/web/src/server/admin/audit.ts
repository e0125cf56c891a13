import { type Db, schema } from '@once/db';
import { and, desc, like, sql } from 'drizzle-orm';
import { isId } from '#server/id.ts';
import { instantKey, type Page, pageOf, ROWS, readInstantKey } from './page.ts';

const { audit } = schema;

export type StaffEntry = typeof audit.$inferSelect;

/** What people of the staff did, newest first. */
export async function listStaffActions(db: Db, after?: string): Promise<Page<StaffEntry>> {
  const key = readInstantKey(after);
  const from = key && isId(key.id) ? key : undefined;
  const rows = await db
    .select()
    .from(audit)
    .where(
      and(
        like(audit.actor, sql.raw(`'staff:%'`)),
        from && sql`(${audit.at}, ${audit.id}) < (${from.at}::text::timestamptz, ${from.id}::text::uuid)`,
      ),
    )
    .orderBy(desc(audit.at), desc(audit.id))
    .limit(ROWS + 1);
  return pageOf(rows, ({ at, id }) => instantKey(at.toISOString(), id));
}
