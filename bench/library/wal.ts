import type { Bench } from '../bench.ts';
import { figureOf, rounded } from '../figure.ts';
import { quartiles } from '../measure/statistics.ts';
import { type Lab, withLab } from './lab.ts';
import { bareTransaction, transaction, twoBareTransactions, workflowWithOneCall } from './operations.ts';

/** How many bytes of log a first run adds to those of its own work. */
export const walBench: Bench = {
  name: 'wal',
  run: ({ rounds, walTransactions }) =>
    withLab(async (lab) => {
      const pool = lab.open(1, { isDurable: false });
      const variants = {
        bare: () => bareTransaction(pool),
        transaction: () => transaction(pool),
        twoBare: () => twoBareTransactions(pool),
        workflow: () => workflowWithOneCall(pool),
      };
      const bytes = { bare: [], transaction: [], twoBare: [], workflow: [] } as Record<keyof typeof variants, number[]>;
      for (const name of Object.keys(variants) as (keyof typeof variants)[]) await walOf(lab, variants[name], 50);
      for (let round = 0; round < rounds; round++) {
        for (const name of Object.keys(variants) as (keyof typeof variants)[]) {
          bytes[name].push(await walOf(lab, variants[name], walTransactions));
        }
      }
      const added = (of: readonly number[], against: readonly number[]) =>
        of.map((value, round) => value - (against[round] ?? Number.NaN));
      return [
        figureOf(added(bytes.transaction, bytes.bare), {
          name: 'WAL that a transaction adds',
          unit: 'B',
          target: { atMost: 620 },
          behind: between(bytes.transaction, bytes.bare),
        }),
        figureOf(added(bytes.workflow, bytes.twoBare), {
          name: 'WAL that a workflow with one call adds to two transactions',
          unit: 'B',
          target: { atMost: 1_150 },
          behind: between(bytes.workflow, bytes.twoBare),
        }),
      ];
    }),
};

/** Bytes of log for one operation, one after the other; the server's own (checkpoints, vacuum) are counted along. */
export async function walOf({ admin }: Lab, operation: () => Promise<unknown>, times: number): Promise<number> {
  const position = async () => {
    const [row] = await admin<{ lsn: string }[]>`select pg_current_wal_insert_lsn()::text as lsn`;
    return row?.lsn ?? '';
  };
  const before = await position();
  for (let i = 0; i < times; i++) await operation();
  const [row] = await admin<{ bytes: number }[]>`
    select pg_wal_lsn_diff(${await position()}::text::pg_lsn, ${before}::text::pg_lsn)::float8 as bytes`;
  return Math.round((row?.bytes ?? Number.NaN) / times);
}

const between = (of: readonly number[], against: readonly number[]): string =>
  `${rounded(quartiles(of).median)} B against ${rounded(quartiles(against).median)} B`;
