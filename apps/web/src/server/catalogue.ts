import { type FrameOffer, framesOf } from '@once/checkout';
import { type Db, schema } from '@once/db';
import { and, asc, desc, eq, ne, type SQL, sql } from 'drizzle-orm';

const { cart, copy, edition } = schema;

export interface PrintSummary {
  readonly slug: string;
  readonly title: string;
  readonly studio: string;
  readonly format: string;
  readonly copies: number;
  /** Copies that nobody has and nobody holds. */
  readonly available: number;
  readonly held: number;
  readonly priceMinor: number;
  readonly currency: string;
}

export type CopyState = 'available' | 'held' | 'sold' | 'yours';

export interface PrintPage extends PrintSummary {
  readonly statement: string;
  readonly publishedAt: Date;
  /** None: it is sold as a sheet only. */
  readonly frames: readonly FrameOffer[];
  /** By number, from 1. `yours`: held for this guest. */
  readonly numbers: readonly { readonly number: number; readonly state: CopyState }[];
}

/** The columns of a summary; the counts want `copy` joined, and the rows grouped by edition. */
export const summary = {
  slug: edition.slug,
  title: edition.title,
  studio: edition.studio,
  format: edition.format,
  copies: edition.copies,
  priceMinor: edition.priceMinor,
  currency: edition.currency,
};
export const available = sql<number>`count(*) filter (where ${copy.state} = 'available')::int`;
export const held = sql<number>`count(*) filter (where ${copy.state} = 'held')::int`;

/** Every print, newest first, with what is left of it now. */
export async function listPrints(db: Db): Promise<PrintSummary[]> {
  return await db
    .select({ ...summary, available, held })
    .from(edition)
    .innerJoin(copy, eq(copy.editionId, edition.id))
    .groupBy(edition.id)
    .orderBy(desc(edition.publishedAt), asc(edition.id));
}

/** @param guest whose own holds are marked @returns undefined: no such print */
export async function findPrint(db: Db, slug: string, guest: string | null): Promise<PrintPage | undefined> {
  const [found] = await db
    .select({ ...summary, id: edition.id, statement: edition.statement, publishedAt: edition.publishedAt })
    .from(edition)
    .where(eq(edition.slug, slug));
  if (!found) return undefined;
  const { id, ...print } = found;
  const rows = await db
    .select({ number: copy.number, state: copy.state, heldBy: copy.heldBy })
    .from(copy)
    .where(eq(copy.editionId, id))
    .orderBy(asc(copy.number));
  const frames = await framesOf(db, id);
  const holders = await holdersOf(db, guest);
  const numbers = rows.map(({ number, state, heldBy }) => ({
    number,
    state: state === 'held' && heldBy !== null && holders.includes(heldBy) ? ('yours' as const) : state,
  }));
  const count = (state: CopyState) => numbers.filter((row) => row.state === state).length;
  return { ...print, frames, numbers, available: count('available'), held: count('held') + count('yours') };
}

/** Prints that can still be bought, for whoever looks at this one: its studio's first, then those that look most like it. */
export async function listRelated(db: Db, slug: string, limit: number): Promise<PrintSummary[]> {
  const { id, studio, style, palette, priceMinor } = edition;
  const [like] = await db
    .select({ id, studio, style, palette, priceMinor })
    .from(edition)
    .where(eq(edition.slug, slug));
  if (!like) return [];
  const alike = sql`(${edition.style} = ${like.style})::int + (${edition.palette} = ${like.palette})::int`;
  return await db
    // Counted for the few that are shown, not for all that could be.
    .select({ ...summary, available: copiesIn('available'), held: copiesIn('held') })
    .from(edition)
    .where(and(ne(edition.id, like.id), sql`exists (${copyIn('available')})`))
    .orderBy(
      sql`${edition.studio} = ${like.studio} desc`,
      desc(alike),
      sql`abs(${edition.priceMinor} - ${like.priceMinor}::int)`,
      asc(edition.id),
    )
    .limit(limit);
}

const copyIn = (state: 'available' | 'held'): SQL =>
  sql`select from copy where copy.edition_id = edition.id and copy.state = ${state}`;
const copiesIn = (state: 'available' | 'held') => sql<number>`(select count(*)::int from (${copyIn(state)}) as those)`;

/** A copy is held by a cart until its checkout takes it over. */
async function holdersOf(db: Db, guest: string | null): Promise<string[]> {
  if (guest === null) return [];
  const [row] = await db.select({ checkoutId: cart.checkoutId }).from(cart).where(eq(cart.id, guest));
  return row?.checkoutId ? [guest, row.checkoutId] : [guest];
}
