import type { Bench, Scale } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { type Figure, figureOf, ratioFigure, rounded } from '../figure.ts';
import { type Measured, runWhile, type Slice } from '../measure/alternate.ts';
import { quartiles } from '../measure/statistics.ts';
import { type Expiry, openExpiry } from './expiring-worker.ts';
import { fill } from './expiry.ts';
import { type Lab, type Pool, withLab } from './lab.ts';
import { transaction } from './operations.ts';

const CLIENTS = 16;
const MOST_ROUNDS = 9; // they are long

/** What claims cost while a worker, as fast as it can, lets settled records of the same table expire. */
export const besideExpiryBench: Bench = { name: 'beside-expiry', run: besideExpiry };

/** The same while a million of them do: longer than any cache, checkpoint or vacuum lasts. */
export const besideExpiry1mBench: Bench = {
  name: 'beside-expiry-1m',
  isSoak: true,
  run: (scale) =>
    besideExpiry({ ...scale, rounds: Math.min(scale.rounds, 3), sliceMs: 5_000, expiredRows: scale.growth.many }),
};

async function besideExpiry({ rounds, sliceMs, warmUpMs, expiredRows }: Scale): Promise<Figure[]> {
  return await withLab(async (lab) => {
    const pool = lab.open(CLIENTS);
    const expiry = await openExpiry(lab.url);
    const alone: Slice[] = [];
    const beside: Slice[] = [];
    try {
      await claimAlone(pool, warmUpMs);
      for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
        await fill(lab, 'idempotency.record', expiredRows);
        const first = round % 2 === 0; // then what is vacuumed afterwards meets the other one
        if (first) alone.push(await claimAlone(pool, sliceMs));
        beside.push(await claimBeside(pool, expiry));
        if (!first) alone.push(await claimAlone(pool, sliceMs));
        await checkExpired(lab, expiredRows);
      }
    } finally {
      await expiry.close();
    }
    return figuresOf(measured(beside), measured(alone), expiredRows);
  });
}

async function claimAlone(pool: Pool, ms: number): Promise<Slice> {
  const until = performance.now() + ms;
  return await claimWhile(pool, () => performance.now() < until);
}

/** Until all of it has expired. */
async function claimBeside(pool: Pool, expiry: Expiry): Promise<Slice> {
  let isExpiring = true;
  const expired = expiry.run().finally(() => {
    isExpiring = false;
  });
  const [slice] = await Promise.all([claimWhile(pool, () => isExpiring), expired]);
  return slice;
}

const claimWhile = (pool: Pool, goesOn: () => boolean) => runWhile(() => transaction(pool), CLIENTS, goesOn);
const measured = (slices: readonly Slice[]): Measured => ({ slices, cpuMicros: new Map() });

function figuresOf(beside: Measured, alone: Measured, expiredRows: number) {
  const perSecond = beside.slices.map(({ ops, opsPerSecond }) => (expiredRows * opsPerSecond) / ops);
  const rows = expiredRows.toLocaleString('en');
  return [
    ratioFigure(beside, alone, {
      name: `claims beside an expiry of ${rows} records, against claims alone, 16 clients`,
      target: { atLeast: 0.7 },
    }),
    figureOf(
      beside.slices.map(({ p99Ms }, round) => p99Ms / (alone.slices[round]?.p99Ms ?? Number.NaN)),
      {
        name: `their p99 beside ${rows}, against that of claims alone`,
        unit: '×',
        target: { atMost: 4 },
        behind: `${rounded(quartiles(perSecond).median)} expire each second meanwhile`,
      },
    ),
  ];
}

async function checkExpired({ admin }: Lab, rows: number): Promise<void> {
  const [row] = await admin<{ n: number }[]>`select count(*)::int as n from idempotency.record where state = 5`;
  if (row?.n !== rows) throw new BenchError('WRONG_RESULT', `${row?.n} of ${rows} records have expired`);
}
