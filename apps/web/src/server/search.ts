import { type Db, schema } from '@once/db';
import { and, asc, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { type CatalogueQuery, PRICE_BANDS, type Sort } from '#catalogue/catalogue-query.ts';
import { available, held, type PrintSummary, summary } from './catalogue.ts';

const { copy, edition } = schema;

export const PAGE_SIZE = 24;

export interface FoundPrints {
  readonly prints: readonly PrintSummary[];
  /** How many there are on all pages, and copies left of them. */
  readonly total: number;
  readonly left: number;
  /** The page that this is: the last one for those who asked for a later one. */
  readonly page: number;
  readonly pages: number;
  /** Nothing has these words. These prints have words that look like them. */
  readonly isNear: boolean;
}

/**
 * The catalogue as somebody asked for it. A text is first looked for as whole words and beginnings of words; only when
 * no print has them, as words with a typing error.
 */
export async function searchPrints(db: Db, query: CatalogueQuery): Promise<FoundPrints> {
  const words = wordsOf(query.text);
  if (query.text && words.length === 0) return NOTHING;
  const exact = await find(db, query, words.length > 0 ? hasWords(words) : NO_TEXT);
  if (exact.total > 0 || words.length === 0 || !(await knowsTrigrams(db))) return exact;
  return { ...(await find(db, query, looksLike(words))), isNear: true };
}

const NOTHING: FoundPrints = { prints: [], total: 0, left: 0, page: 1, pages: 1, isNear: false };

/** What of a print must be so, and how well it fits. */
interface Wanted {
  readonly is: SQL | undefined;
  readonly fit: SQL;
}

const NO_TEXT: Wanted = { is: undefined, fit: sql`0` };

/** More than this nobody types, and each one costs. */
const MAX_WORDS = 8;

/** Letters and figures alone, folded as the columns are: nothing in them means anything to `to_tsquery`. */
function wordsOf(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
  return (folded.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, MAX_WORDS);
}

/** As it is in a name, or begins; as its stem is in a statement. */
const isWord = (word: string): SQL => sql`(to_tsquery('simple', ${`${word}:*`}) || to_tsquery('english', ${word}))`;

function hasWords(words: readonly string[]): Wanted {
  const all = sql.join(words.map(isWord), sql` && `);
  return { is: sql`${edition.search} @@ (${all})`, fit: sql`ts_rank(${edition.search}, ${all})` };
}

/** "shoer" and "shore" share half of their trigrams. Less than that, and everything looks like everything. */
const ALIKE = 0.45;

function looksLike(words: readonly string[]): Wanted {
  const likeness = (word: string) => sql`word_similarity(${word}, ${edition.searchNames})`;
  const each = words.map((word) => sql`(${edition.search} @@ ${isWord(word)} or ${likeness(word)} >= ${ALIKE}::real)`);
  return { is: and(...each), fit: sql.join(words.map(likeness), sql` + `) };
}

async function find(db: Db, query: CatalogueQuery, wanted: Wanted): Promise<FoundPrints> {
  const rows = await select(db, query, wanted, query.page);
  const [row] = rows;
  if (row) return foundOf(rows, row, query.page);
  if (query.page === 1) return NOTHING;
  // Past the end. How far the end is, the first page says.
  const first = await select(db, query, wanted, 1);
  if (!first[0]) return NOTHING;
  const page = Math.ceil(first[0].total / PAGE_SIZE);
  const last = page === 1 ? first : await select(db, query, wanted, page);
  return foundOf(last, first[0], page);
}

interface Row {
  readonly print: PrintSummary;
  readonly total: number;
  readonly left: number;
}

function foundOf(rows: readonly Row[], { total, left }: Row, page: number): FoundPrints {
  return {
    prints: rows.map(({ print }) => print),
    total,
    left,
    page,
    pages: Math.ceil(total / PAGE_SIZE),
    isNear: false,
  };
}

async function select(db: Db, query: CatalogueQuery, { is, fit }: Wanted, page: number): Promise<Row[]> {
  const band = query.price && PRICE_BANDS[query.price];
  return await db
    .select({
      print: { ...summary, available, held },
      total: sql<number>`count(*) over ()::int`,
      left: sql<number>`sum(${available}) over ()::int`,
    })
    .from(edition)
    .innerJoin(copy, eq(copy.editionId, edition.id))
    .where(
      and(
        is,
        query.paper && eq(edition.stock, query.paper),
        band && gte(edition.priceMinor, band.fromMinor),
        band?.belowMinor === undefined ? undefined : lt(edition.priceMinor, band.belowMinor),
      ),
    )
    .groupBy(edition.id)
    .having(query.left && HAS_LEFT[query.left])
    .orderBy(...order(query.sort, fit))
    .limit(PAGE_SIZE)
    .offset((page - 1) * PAGE_SIZE);
}

const HAS_LEFT = { some: sql`${available} > 0`, few: sql`${available} between 1 and 9` } as const;

/** Each ends with what differs between any two prints: a page would otherwise show one twice and another never. */
function order(sort: Sort, fit: SQL): SQL[] {
  const newest = [desc(edition.publishedAt), asc(edition.id)];
  switch (sort) {
    case 'match':
      return [desc(fit), ...newest];
    case 'newest':
      return newest;
    case 'fewest':
      return [sql`${available} = 0`, asc(available), ...newest];
    case 'price':
      return [asc(edition.priceMinor), ...newest];
    case 'price-down':
      return [desc(edition.priceMinor), ...newest];
  }
}

/** Whether `pg_trgm` is there, wherever in the search path. Asked each time that it matters, which is seldom. */
async function knowsTrigrams(db: Db): Promise<boolean> {
  const [row] = await db.execute<{ known: boolean }>(
    sql`select to_regprocedure('word_similarity(text,text)') is not null as known`,
  );
  return row?.known ?? false;
}
