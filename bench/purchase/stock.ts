import { randomUUID } from 'node:crypto';
import { PRINTS, type Print } from '@once/db/prints';
import postgres from 'postgres';

/** One numbered copy that is for sale. */
export interface Sheet {
  readonly slug: string;
  readonly number: number;
  readonly priceMinor: number;
}

/** As many as an edition may have. */
const COPIES = 1_000;
const PRICE_MINOR = 14_000;
const [MODEL] = PRINTS as readonly [Print, ...Print[]];

/** Prints that are never sold out: when an edition is, another one is hung. */
export class Stock {
  readonly #sql: postgres.Sql;
  #edition = Promise.resolve('');
  #handedOut = 0;

  constructor(databaseUrl: string) {
    this.#sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  }

  /** A sheet that nobody else gets. */
  async take(): Promise<Sheet> {
    const index = this.#handedOut++;
    if (index % COPIES === 0) this.#edition = this.#hang();
    return { slug: await this.#edition, number: (index % COPIES) + 1, priceMinor: PRICE_MINOR };
  }

  /** A code that is never used up. */
  async promotion(code: string): Promise<{ readonly code: string; readonly percentOff: number }> {
    const percentOff = 10;
    await this.#sql`
      insert into promotion (code, percent_off, uses_left) values (${code}, ${percentOff}, 1000000)
      on conflict do nothing`;
    return { code, percentOff };
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 5 });
  }

  async #hang(): Promise<string> {
    const id = randomUUID();
    const slug = `bench-${id.slice(0, 8)}`;
    await this.#sql.begin(async (sql) => {
      await sql`
        insert into edition (id, slug, title, studio, statement, style, palette, stock, format, copies, price_minor,
          currency, published_at)
        values (${id}, ${slug}, ${slug}, 'Bench', 'Hung to be bought at once.', ${MODEL.style}, ${MODEL.palette}, ${MODEL.stock},
          ${MODEL.format}, ${COPIES}, ${PRICE_MINOR}, 'EUR', statement_timestamp())`;
      await sql`
        insert into copy (edition_id, number) select ${id}, number from generate_series(1, ${COPIES}::int) as number`;
    });
    return slug;
  }
}
