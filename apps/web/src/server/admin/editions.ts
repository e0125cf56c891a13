import { orderNumber } from '@once/checkout';
import { type Db, schema } from '@once/db';
import { asc, eq, inArray, sql } from 'drizzle-orm';

const { copy, edition, orders } = schema;

const counted = (state: 'available' | 'held' | 'sold') =>
  sql<number>`count(*) filter (where ${copy.state} = ${sql.raw(`'${state}'`)})::int`;

/** Every edition with its copies counted. There are dozens of them, not thousands. */
export async function listEditions(db: Db) {
  return await db
    .select({
      ...{ slug: edition.slug, title: edition.title, studio: edition.studio, copies: edition.copies },
      ...{ priceMinor: edition.priceMinor, currency: edition.currency, publishedAt: edition.publishedAt },
      ...{ available: counted('available'), held: counted('held'), sold: counted('sold') },
    })
    .from(edition)
    .leftJoin(copy, eq(copy.editionId, edition.id))
    .groupBy(edition.id)
    .orderBy(asc(edition.title), asc(edition.slug));
}

export interface CopyRow {
  readonly number: number;
  readonly state: 'available' | 'held' | 'sold';
  /** Of the order that has it; null: nobody, a cart or a checkout without an order. */
  readonly order: { readonly id: string; readonly number: string } | null;
}

/** One edition, and who has each of its copies. @returns undefined when there is none */
export async function readEdition(db: Db, slug: string) {
  const [found] = await db.select().from(edition).where(eq(edition.slug, slug));
  if (!found) return undefined;
  const rows = await db
    .select({ number: copy.number, state: copy.state, heldBy: copy.heldBy })
    .from(copy)
    .where(eq(copy.editionId, found.id))
    .orderBy(asc(copy.number));
  const holders = [...new Set(rows.flatMap(({ heldBy }) => heldBy ?? []))];
  const known = holders.length
    ? await db.select({ id: orders.id }).from(orders).where(inArray(orders.id, holders))
    : [];
  const ids = new Set(known.map(({ id }) => id));
  return {
    edition: found,
    copies: rows.map(
      ({ number, state, heldBy }): CopyRow => ({
        ...{ number, state },
        order: heldBy && ids.has(heldBy) ? { id: heldBy, number: orderNumber(heldBy) } : null,
      }),
    ),
  };
}
