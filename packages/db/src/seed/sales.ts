import { PEOPLE, type Person } from './people.ts';
import { seededNumber, seededShuffle } from './seeded.ts';
import type { EditionRow, Stock } from './stock.ts';

/** One order of the shop's past, told so that every row of it can be written down. */
export interface Sale {
  /** All its ids come from it. */
  readonly name: string;
  readonly person: Person;
  readonly openedAt: Date;
  readonly lines: readonly SaleLine[];
  readonly end: 'reserved' | 'paid' | 'cancelled' | 'refunded' | 'returned';
  /** Attempts that were refused before the last one. */
  readonly declines: readonly ('card_declined' | 'insufficient_funds' | 'provider_unavailable')[];
  /** The answer to the attempt that paid was lost and looked up. */
  readonly recovered: boolean;
  readonly reviewReason: string | null;
}

export interface SaleLine {
  readonly edition: EditionRow;
  readonly number: number;
}

/** The shop's today: nothing that was seeded happened after it. */
export const LAST_SALE_MS = Date.UTC(2026, 10, 20, 18);

/** Paid orders of one to three prints that together own every sold copy, each once. */
export function paidSales(stock: readonly Stock[]): Sale[] {
  const copies = seededShuffle(
    stock.flatMap(({ edition, sold }) => sold.map((number) => ({ edition, number }))),
    copyName,
  );
  const sales: Sale[] = [];
  for (let taken = 0; taken < copies.length; ) {
    const size = [1, 1, 2, 1, 3][sales.length % 5] ?? 1;
    sales.push(paidSale(copies.slice(taken, taken + size)));
    taken += size;
  }
  return sales;
}

/** One order in each state that an ordinary purchase does not end in. */
export function otherSales(stock: readonly Stock[]): Sale[] {
  const line = (slug: string, which: 'sold' | 'free', place: number): SaleLine => {
    const found = stock.find(({ edition }) => edition.slug === slug);
    const number = found?.[which][place];
    if (!found || number === undefined) throw new RangeError(`the seed has no ${which} copy ${place} of ${slug}`);
    return { edition: found.edition, number };
  };
  return [
    // The card was refused and the copy waits: nothing is open and no intent is stored, so nobody has anything to do.
    story('reserved', [line('lee-shore', 'free', 1)], { declines: ['provider_unavailable'] }),
    story('cancelled', [line('rooms-to-let', 'free', 0)], { declines: ['card_declined', 'insufficient_funds'] }),
    // Refunded: the copy is for sale again and its certificate is void.
    story('refunded', [line('ballast', 'free', 0), line('selvedge', 'free', 0)], {}),
    // Returned: the money came after the copy had gone to somebody else, who still has it.
    story('returned', [line('interference', 'sold', 0)], { recovered: true }),
  ];
}

export const copyName = ({ edition, number }: SaleLine): string => `${edition.slug}/${number}`;

const HOUR_MS = 3_600_000;

function paidSale(lines: readonly SaleLine[]): Sale {
  const name = lines.map(copyName).join('+');
  const published = Math.max(...lines.map(({ edition }) => edition.publishedAt.getTime()));
  const hours = Math.floor((LAST_SALE_MS - published) / HOUR_MS);
  const chance = seededNumber(`course:${name}`, 100);
  return {
    name,
    person: personOf(name),
    openedAt: new Date(published + seededNumber(`hour:${name}`, hours) * HOUR_MS + seededNumber(`ms:${name}`, HOUR_MS)),
    lines,
    end: 'paid',
    declines: chance < 8 ? ['card_declined'] : chance < 12 ? ['insufficient_funds', 'card_declined'] : [],
    recovered: chance >= 94,
    // The one order that a person must look at.
    reviewReason: lines.some((line) => copyName(line) === REVIEWED_COPY) ? 'amount_differs' : null,
  };
}

/** In an edition that is sold out, so it is sold in every seed. */
const REVIEWED_COPY = 'return-journey/7';

function story(end: Sale['end'], lines: readonly SaleLine[], course: Partial<Sale>): Sale {
  return {
    name: `story:${end}`,
    person: personOf(`story:${end}`),
    openedAt: new Date(LAST_SALE_MS - seededNumber(`story:${end}`, 72) * HOUR_MS),
    lines,
    end,
    declines: [],
    recovered: false,
    reviewReason: null,
    ...course,
  };
}

function personOf(name: string): Person {
  const person = PEOPLE[seededNumber(`person:${name}`, PEOPLE.length)];
  if (!person) throw new RangeError('the seed has no people');
  return person;
}
