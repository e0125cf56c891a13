import postgres from 'postgres';
import type { Bench } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { type Figure, figureOf, rounded } from '../figure.ts';
import { type BenchShop, withShop } from './shop.ts';
import { buy } from './shopper.ts';

const SHOPPERS = 4;

/** What a purchase leaves behind in Postgres: counted, not timed. */
export const footprintBench: Bench = {
  name: 'footprint',
  run: ({ footprints }) => withShop('footprint', (shop) => measure(shop, footprints)),
};

interface Reading {
  readonly tableBytes: number;
  readonly recordBytes: number;
  readonly records: number;
  readonly walBytes: number;
}

async function measure({ stack, stock }: BenchShop, purchases: number): Promise<Figure[]> {
  const admin = postgres(stack.databaseUrl, { max: 1, onnotice: () => {} });
  try {
    await buy(stack.webUrl, await stock.take()); // the edition is hung
    const before = await read(admin);
    let left = purchases;
    const shopper = async () => {
      while (left-- > 0) await buy(stack.webUrl, await stock.take());
    };
    await Promise.all(Array.from({ length: SHOPPERS }, shopper));
    const after = await read(admin);
    const each = (of: (reading: Reading) => number) => (of(after) - of(before)) / purchases;
    const counted = `${purchases.toLocaleString('en')} purchases of one sheet`;
    return [
      figureOf([each(({ tableBytes }) => tableBytes)], {
        name: 'tables and indexes for each purchase',
        unit: 'B',
        behind: `${counted}; carts, checkouts, events and the audit trail with them`,
      }),
      figureOf([each(({ recordBytes }) => recordBytes)], {
        name: 'of them the record’s',
        unit: 'B',
        behind: `${rounded(each(({ records }) => records))} records for each`,
      }),
      figureOf([each(({ walBytes }) => walBytes)], {
        name: 'WAL for each purchase',
        unit: 'B',
        behind: 'with whole pages after a checkpoint, and what the loops of the worker write',
      }),
    ];
  } finally {
    await admin.end({ timeout: 5 });
  }
}

async function read(admin: postgres.Sql): Promise<Reading> {
  const [row] = await admin<Reading[]>`
    select pg_database_size(current_database())::float8 as "tableBytes",
      pg_total_relation_size('idempotency.record')::float8 as "recordBytes",
      (select count(*)::float8 from idempotency.record) as records,
      pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as "walBytes"`;
  if (!row) throw new BenchError('WRONG_RESULT', 'nothing was read');
  return row;
}
