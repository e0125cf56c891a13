import { PRINTS, type Print } from '../art/prints.ts';
import type { edition, framing } from '../schema/catalogue.ts';
import { seededId, seededShuffle } from './seeded.ts';

export type EditionRow = typeof edition.$inferInsert;

export interface Stock {
  readonly edition: EditionRow;
  /** Numbers that belong to paid orders. */
  readonly sold: readonly number[];
  /** Numbers that anybody can buy. */
  readonly free: readonly number[];
}

export const CURRENCY = 'EUR';

const DAY_MS = 86_400_000;
const FIRST_PUBLISHED_MS = Date.UTC(2026, 0, 5, 9);

/** How many copies of each edition nobody has bought. One has a single copy left, two have none, three are untouched. */
const UNSOLD: Readonly<Record<string, number>> = {
  'lee-shore': 18,
  'nine-disagreements': 22,
  'rooms-to-let': 9,
  ballast: 41,
  'night-bus-over-hills': 1,
  selvedge: 28,
  interference: 63,
  'low-tide': 0,
  'quarter-turns': 12,
  'seven-evenings': 31,
  'floor-plan-without-doors': 6,
  'return-journey': 0,
  'slow-weather': 40,
  settling: 14,
  'quarry-morning': 3,
  'fair-day': 60,
  'salt-flats': 25,
  'tea-towel-for-a-giant': 71,
  'two-fans': 88,
  glasshouse: 2,
  'canal-plan': 33,
  sediment: 19,
  allotments: 24,
  'pendulum-third-try': 5,
};

/** Numbers that stay unsold in every seed: they are the ones in the shop's pictures and in the reserved order. */
const KEPT: Readonly<Record<string, readonly number[]>> = { 'lee-shore': [18, 23], 'night-bus-over-hills': [19] };

/** Every edition, newest last, with its numbers dealt into sold and free. */
export function stockOf(): Stock[] {
  return PRINTS.map((print, place) => {
    const numbers = Array.from({ length: print.edition }, (_, i) => i + 1);
    const kept = KEPT[print.slug] ?? [];
    const others = seededShuffle(
      numbers.filter((number) => !kept.includes(number)),
      (number) => `${print.slug}/${number}`,
    );
    const unsold = UNSOLD[print.slug] ?? print.edition;
    const free = [...kept, ...others].slice(0, unsold);
    return { edition: editionOf(print, place), free, sold: numbers.filter((number) => !free.includes(number)) };
  });
}

function editionOf(print: Print, place: number): EditionRow {
  const publishedAt = new Date(FIRST_PUBLISHED_MS + place * 13 * DAY_MS);
  return {
    id: seededId(`edition:${print.slug}`, publishedAt),
    slug: print.slug,
    title: print.title,
    studio: print.studio,
    statement: print.statement,
    style: print.style,
    palette: print.palette,
    stock: print.stock,
    format: print.format,
    copies: print.edition,
    priceMinor: print.price,
    currency: CURRENCY,
    publishedAt,
  };
}

/** By what the frame is made of, and the size of the sheet. */
const FRAMING_MINOR = {
  portrait: { oak: 7_000, black: 6_000, white: 6_000 },
  landscape: { oak: 7_000, black: 6_000, white: 6_000 },
  square: { oak: 8_000, black: 7_000, white: 7_000 },
} as const;

/** The frames that an edition is offered in. */
export function framingsOf({ id, format }: EditionRow): (typeof framing.$inferInsert)[] {
  const { oak, black, white } = FRAMING_MINOR[format];
  return [
    { editionId: id, frame: 'oak', priceMinor: oak },
    { editionId: id, frame: 'black', priceMinor: black },
    { editionId: id, frame: 'white', priceMinor: white },
  ];
}
