import { sql } from 'drizzle-orm';
import { integer, timestamp, uuid } from 'drizzle-orm/pg-core';

// Names are written out in every column: `casing` would have to be set in two places and agree in both.

/** UUIDv7 made in the app: no sequence to lose at a failover, and neighbours in time are neighbours in the index. */
export const id = (name: string) => uuid(name);

/** An instant by the database's clock. `Date` in TypeScript. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

/** Money in integer minor units (cents). The row's `currency` says of what. */
export const minor = (name: string) => integer(name);

/** Names between commas, as a CHECK takes them. */
export const listed = (names: readonly string[]) => sql.raw(names.map((name) => `'${name}'`).join(', '));
