import { type SQL, sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { PALETTES, type PaletteName, STYLES } from '../art/artwork.ts';
import { folded, id, instant, listed, minor, tsvector } from './column.ts';

/** A print as it is published: one motif, a fixed number of copies, one price. */
export const edition = pgTable(
  'edition',
  {
    id: id('id').primaryKey(),
    slug: text('slug').notNull(),
    title: text('title').notNull(),
    studio: text('studio').notNull(),
    statement: text('statement').notNull(),
    style: text('style', { enum: STYLES }).notNull(),
    palette: text('palette').$type<PaletteName>().notNull(),
    stock: text('stock', { enum: ['light', 'dark'] }).notNull(),
    format: text('format', { enum: ['portrait', 'landscape', 'square'] }).notNull(),
    copies: integer('copies').notNull(),
    priceMinor: minor('price_minor').notNull(),
    currency: text('currency').notNull(),
    publishedAt: instant('published_at').notNull(),
    /** Where a search finds whole words and their beginnings: the title first, then studio, statement and way of drawing. */
    search: tsvector('search').generatedAlwaysAs(
      (): SQL => sql`setweight(to_tsvector('simple', ${folded('title')}), 'A')
        || setweight(to_tsvector('simple', ${folded('studio')}), 'B')
        || setweight(to_tsvector('english', ${folded('statement')}), 'C')
        || setweight(to_tsvector('simple', "style"), 'D')`,
    ),
    /** What a search with a typing error in it is compared with. */
    searchNames: text('search_names').generatedAlwaysAs((): SQL => folded("title || ' ' || studio")),
  },
  (t) => [
    // Not unique: a uniqueness that leaves out the distribution column could not be distributed. The seed and admin check it.
    index('edition_slug').on(t.slug),
    index('edition_search').using('gin', t.search),
    // What we can draw.
    check('edition_style', sql`${t.style} in (${listed(STYLES)})`),
    check('edition_palette', sql`${t.palette} in (${listed(Object.keys(PALETTES))})`),
    check('edition_stock', sql`${t.stock} in ('light', 'dark')`),
    check('edition_format', sql`${t.format} in ('portrait', 'landscape', 'square')`),
    check('edition_copies', sql`${t.copies} between 1 and 1000`),
    check('edition_price', sql`${t.priceMinor} > 0`),
    check('edition_currency', sql`${t.currency} ~ '^[A-Z]{3}$'`),
  ],
);

/** What a print can be framed in. */
export const FRAMES = ['oak', 'black', 'white'] as const;
export type Frame = (typeof FRAMES)[number];

/** A frame that an edition is offered in, and what it costs on top of the sheet: cut to its size, so each has its own. */
export const framing = pgTable(
  'framing',
  {
    editionId: id('edition_id').notNull(),
    frame: text('frame', { enum: FRAMES }).notNull(),
    /** In the edition's currency. */
    priceMinor: minor('price_minor').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.editionId, t.frame] }),
    check('framing_frame', sql`${t.frame} in (${listed(FRAMES)})`),
    check('framing_price', sql`${t.priceMinor} > 0`),
  ],
);

/** One numbered sheet. `heldBy` is the cart, then the checkout (= order) that has it; it stays when the copy is sold. */
export const copy = pgTable(
  'copy',
  {
    editionId: id('edition_id').notNull(),
    number: integer('number').notNull(),
    state: text('state', { enum: ['available', 'held', 'sold'] })
      .notNull()
      .default('available'),
    heldBy: id('held_by'),
  },
  (t) => [
    primaryKey({ columns: [t.editionId, t.number] }),
    index('copy_held_by').on(t.heldBy),
    check('copy_number', sql`${t.number} >= 1`),
    check('copy_state', sql`${t.state} in ('available', 'held', 'sold')`),
    check('copy_holder', sql`(${t.state} = 'available') = (${t.heldBy} is null)`),
  ],
);
