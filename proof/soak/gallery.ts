import { randomUUID } from 'node:crypto';
import { PRINTS, type Print } from '@once/db/prints';
import type postgres from 'postgres';

/** An edition as it was hung: what it had, and what it cost, whatever the shop says later. */
export interface Hung {
  readonly id: string;
  readonly slug: string;
  readonly copies: number;
  readonly priceMinor: number;
}

const LARGE = 1_000;
/** So many shoppers of whom each may want one of so few copies. A quarter of them does. */
const RIVALS = 16;
const FEW = 2;
const PRICES_MINOR = [14_000, 9_900, 23_550] as const;
const [MODEL] = PRINTS as readonly [Print, ...Print[]];

/** Prints that are hung for the soak: some that are never sold out, and some of which there are too few. */
export class Gallery {
  readonly hung: Hung[] = [];
  readonly #sql: postgres.Sql;
  readonly #scarce = new Map<number, Promise<Hung>>();
  #large: Promise<Hung> | undefined;
  #handedOut = 0;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  /** A copy that nobody else wants. */
  async own(): Promise<{ slug: string; number: number }> {
    const index = this.#handedOut++;
    if (index % LARGE === 0) this.#large = this.#hang(LARGE);
    const { slug } = (await this.#large) as Hung;
    return { slug, number: (index % LARGE) + 1 };
  }

  /** The edition that this shopper and others fight for. */
  async scarce(shopper: number): Promise<string> {
    const group = Math.floor(shopper / RIVALS);
    const edition = this.#scarce.get(group) ?? this.#hang(FEW);
    this.#scarce.set(group, edition);
    return (await edition).slug;
  }

  async #hang(copies: number): Promise<Hung> {
    const id = randomUUID();
    const priceMinor = PRICES_MINOR[this.hung.length % PRICES_MINOR.length] as number;
    const edition = { id, slug: `soak-${id.slice(0, 8)}`, copies, priceMinor };
    this.hung.push(edition);
    for (;;) {
      const isThere = await this.#insert(edition).then(
        () => true,
        () => false, // the server was killed: once more
      );
      if (isThere) return edition;
    }
  }

  async #insert({ id, slug, copies, priceMinor }: Hung): Promise<void> {
    const { style, palette, stock, format } = MODEL;
    const sql = this.#sql;
    await sql`
      insert into edition (id, slug, title, studio, statement, style, palette, stock, format, copies, price_minor,
        currency, published_at)
      values (${id}, ${slug}, ${slug}, 'Soak', 'Hung to be fought for.', ${style}, ${palette}, ${stock}, ${format},
        ${copies}, ${priceMinor}, 'EUR', statement_timestamp())
      on conflict do nothing`;
    await sql`
      insert into copy (edition_id, number) select ${id}, number from generate_series(1, ${copies}::int) as number
      on conflict do nothing`;
  }
}
