import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core';

/**
 * How often somebody did what must not be done too often. Unlogged: nothing of it is missed after a crash, and counting a
 * press of Pay must not cost a write to disk.
 */
export const rateLimit = pgTable('rate_limit', {
  /** What and who; who as an HMAC, so that no address is kept. */
  key: text('key').primaryKey(),
  points: integer('points').notNull().default(0),
  /** Milliseconds since 1970, by the web process's clock. Null: never. */
  expire: bigint('expire', { mode: 'number' }),
});
