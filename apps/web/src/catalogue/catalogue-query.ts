/** What a shopper asked the catalogue for. All of it is in the address, so that it can be kept, sent and gone back to. */
export interface CatalogueQuery {
  /** As it was typed; empty: everything. */
  readonly text: string;
  readonly paper?: Paper | undefined;
  readonly price?: PriceBand | undefined;
  readonly left?: Left | undefined;
  readonly sort: Sort;
  /** From 1. */
  readonly page: number;
}

export const PAPERS = { light: 'Light paper', dark: 'Dark paper' } as const;
export type Paper = keyof typeof PAPERS;

/** `fromMinor` is in the band, `belowMinor` is not. */
export const PRICE_BANDS = {
  'under-100': { label: 'Under €100', fromMinor: 0, belowMinor: 100_00 },
  '100-to-150': { label: '€100 to €150', fromMinor: 100_00, belowMinor: 150_01 },
  'over-150': { label: 'Over €150', fromMinor: 150_01, belowMinor: undefined },
} as const;
export type PriceBand = keyof typeof PRICE_BANDS;

/** @property few so many that whoever waits may be late, but not none */
export const LEFT = { some: 'Available', few: 'Fewer than 10 left' } as const;
export type Left = keyof typeof LEFT;

export const SORTS = {
  match: 'Best match',
  newest: 'Newest first',
  fewest: 'Fewest left',
  price: 'Lowest price',
  'price-down': 'Highest price',
} as const;
export type Sort = keyof typeof SORTS;

/** As a browser sends them, hostile ones included. */
export type AddressParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

const MAX_CHARACTERS = 80;
const MAX_PAGE = 9_999;

/** Never refuses: what it does not know is left out, as if it had not been asked for. */
export function readQuery(parameters: AddressParameters): CatalogueQuery {
  const first = (name: string): string => {
    const value = parameters[name];
    return (typeof value === 'string' ? value : value?.[0]) ?? '';
  };
  const text = typedText(first('q'));
  return {
    text,
    paper: oneOf(PAPERS, first('paper')),
    price: oneOf(PRICE_BANDS, first('price')),
    left: oneOf(LEFT, first('left')),
    sort: sortOf(oneOf(SORTS, first('sort')), text),
    page: /^[1-9]\d{0,3}$/.test(first('page')) ? Math.min(Number(first('page')), MAX_PAGE) : 1,
  };
}

/** The address of a query with these changes. Another question begins at its first page. */
export function addressOf(query: CatalogueQuery, changes: Partial<CatalogueQuery> = {}): '/' | `/?${string}` {
  const { text, paper, price, left, sort, page } = { ...query, page: 1, ...changes };
  const search = new URLSearchParams();
  const set = (name: string, value: string | undefined) => value && search.set(name, value);
  set('q', text);
  set('paper', paper);
  set('price', price);
  set('left', left);
  if (sortOf(sort, text) !== defaultSort(text)) set('sort', sort);
  if (page > 1) set('page', String(page));
  return search.size > 0 ? `/?${search}` : '/';
}

export const isFiltered = ({ text, paper, price, left }: CatalogueQuery): boolean =>
  Boolean(text || paper || price || left);

/** On one line, without characters that cannot be seen or stored, and no longer than anybody types. */
export function typedText(typed: string): string {
  const line = typed
    .slice(0, 4 * MAX_CHARACTERS)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return Array.from(line).slice(0, MAX_CHARACTERS).join('').trim();
}

const defaultSort = (text: string): Sort => (text ? 'match' : 'newest');

/** Without a text there is nothing to match. */
const sortOf = (asked: Sort | undefined, text: string): Sort =>
  asked === undefined || (asked === 'match' && !text) ? defaultSort(text) : asked;

function oneOf<T extends object>(known: T, asked: string): Extract<keyof T, string> | undefined {
  return Object.hasOwn(known, asked) ? (asked as Extract<keyof T, string>) : undefined;
}
