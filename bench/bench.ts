import type { Figure } from './figure.ts';

/** How much is measured. The smoke test runs everything, and little of it. */
export interface Scale {
  readonly rounds: number;
  /** How long a variant runs in a round, and before the first one. */
  readonly sliceMs: number;
  readonly warmUpMs: number;
  /** Settled keys that replays choose from. */
  readonly settledKeys: number;
  readonly abandonedRows: number;
  /** Settled records past their retention. */
  readonly expiredRows: number;
  /** Settled records of the table whose size is what is measured. */
  readonly largeTableRows: number;
  /** Settled records of tables that are compared: of the small one, a large one, and the largest. */
  readonly growth: { readonly few: number; readonly many: number; readonly most: number };
  /** Records that are taken over or expire among them, in each round. */
  readonly growthBatch: number;
  /** Transactions whose WAL is counted, in each round. */
  readonly walTransactions: number;
  /** After so many purchases the memory of each process is read; the last one ends the run. */
  readonly purchases: readonly number[];
  /** How long a variant of the purchase, which is a hundred times longer than a transaction, runs in a round. */
  readonly purchaseSliceMs: number;
  /** Purchases whose traces in Postgres are counted. */
  readonly footprints: number;
  /** How long records come and go. */
  readonly churnMs: number;
  /** How long nobody is in the shop, in each round. */
  readonly idleMs: number;
  /** Processes of web and of worker that are compared, and connections of the pooler in front of Postgres. */
  readonly fleets: readonly number[];
  readonly poolSizes: readonly number[];
  /** How often one key is sent within a second, and how many guests want one copy at once. */
  readonly duplicates: number;
  readonly rivals: number;
  /** How often a fresh clone is started, and started again. */
  readonly starts: number;
}

export const FULL: Scale = {
  rounds: 15,
  sliceMs: 250,
  warmUpMs: 1_000,
  settledKeys: 20_000,
  abandonedRows: 10_000,
  expiredRows: 50_000,
  largeTableRows: 1_000_000,
  growth: { few: 10_000, many: 1_000_000, most: 10_000_000 },
  growthBatch: 2_000,
  walTransactions: 300,
  purchases: [1_000, 5_000, 10_000],
  purchaseSliceMs: 1_500,
  footprints: 300,
  churnMs: 4 * 60_000,
  idleMs: 20_000,
  fleets: [1, 2, 4],
  poolSizes: [1, 5, 20],
  duplicates: 1_000,
  rivals: 500,
  starts: 3,
};

export interface Bench {
  readonly name: string;
  /** Takes longer than all the others together: runs only when it is named. */
  readonly isSoak?: boolean;
  /** @throws {BenchError} when what was measured did not do what it should. */
  readonly run: (scale: Scale) => Promise<Figure[]>;
}
