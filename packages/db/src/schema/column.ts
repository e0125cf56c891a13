import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { customType, integer, timestamp, uuid } from 'drizzle-orm/pg-core';

// Names are written out in every column: `casing` would have to be set in two places and agree in both.

/** UUIDv7 made in the app: no sequence to lose at a failover, and neighbours in time are neighbours in the index. */
export const id = (name: string) => uuid(name);

/** An instant by the database's clock. `Date` in TypeScript. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

/** Money in integer minor units (cents). The row's `currency` says of what. */
export const minor = (name: string) => integer(name);

/** The words of a text as Postgres searches them. */
export const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/**
 * An expression over text columns without accents and capitals: who types "cafe" finds "Café". Not by the extension
 * `unaccent`, whose function is not immutable, and so cannot make a column.
 */
export const folded = (expression: string): SQL =>
  sql.raw(`lower(regexp_replace(normalize(${expression}, NFKD), '[\\u0300-\\u036f]', '', 'g'))`);

/** How many order numbers there are: eight places of thirty letters and digits. */
const ORDER_NUMBERS = 30 ** 8;

/** An order's number, as a figure: the random end of its UUIDv7. An expression with an index, so that it can be looked for. */
export const orderNumberOf = (orderId: SQLWrapper) =>
  sql`((('x' || right(replace(${orderId}::text, '-', ''), 12))::bit(48)::bigint) % ${sql.raw(String(ORDER_NUMBERS))})`;

/** Names between commas, as a CHECK takes them. */
export const listed = (names: readonly string[]) => sql.raw(names.map((name) => `'${name}'`).join(', '));
