import { createHash } from 'node:crypto';
import { type Db, schema } from '@once/db';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';

const { authRateLimit } = schema;

/** Passwords that may be tried on one account, from wherever. */
const MOST_TRIES = 10;
export const TRIES_WINDOW_SECONDS = 300;

/**
 * Counts a try at an account's password, in the table where Better Auth counts those of each client address. Counted before
 * the password is looked at, so that guesses sent at once are counted too.
 *
 * @returns seconds to wait where there were too many, else 0
 */
export async function countTry(db: Db, email: string): Promise<number> {
  const windowMs = TRIES_WINDOW_SECONDS * 1000;
  const nowMs = sql`(extract(epoch from statement_timestamp()) * 1000)::bigint`;
  const over = sql`${authRateLimit}.last_request <= ${nowMs} - ${windowMs}::text::bigint`;
  const [row] = await db.execute<{ count: number; left_ms: number }>(sql`
    insert into ${authRateLimit} (id, key, count, last_request)
    values (${uuidv7()}::uuid, ${keyOf(email)}::text, 1, ${nowMs})
    on conflict (key) do update
    set count = case when ${over} then 1 else ${authRateLimit}.count + 1 end,
        last_request = case when ${over} then ${nowMs} else ${authRateLimit}.last_request end
    returning count, (last_request + ${windowMs}::text::bigint - ${nowMs})::int as left_ms`);
  return row && row.count > MOST_TRIES ? Math.max(1, Math.ceil(row.left_ms / 1000)) : 0;
}

/** The password was right: whoever mistyped it before starts anew. */
export async function forgetTries(db: Db, email: string): Promise<void> {
  await db.delete(authRateLimit).where(eq(authRateLimit.key, keyOf(email)));
}

/** Not the address itself: of accounts that do not exist it would be kept too. */
const keyOf = (email: string) => `tries|${createHash('sha256').update(email.toLowerCase()).digest('base64url')}`;
