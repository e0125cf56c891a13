import type { Bench, Scale } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { type Described, type Figure, figureOf, onLine, ratioFigure, rounded } from '../figure.ts';
import { alternate } from '../measure/alternate.ts';
import { quartiles } from '../measure/statistics.ts';
import { openExpiry } from './expiring-worker.ts';
import { outlive } from './expiry.ts';
import { type Lab, type Pool, withLab } from './lab.ts';
import { transaction } from './operations.ts';
import { type Settled, settle } from './settled.ts';
import { ABANDONED, abandon, takenByWorkers } from './takeover.ts';

const CLIENTS = 16;
const MOST_ROUNDS = 9; // they are long
/** What a hundred or a thousand times as many may take away. */
const FLAT = 0.8;

/** What each part of the protocol costs in a table with many settled records in it, against one with few. */
export const growthBench: Bench = { name: 'growth', run: (scale) => growth(scale, scale.growth.many) };

/** The same with ten times as many. */
export const growth10mBench: Bench = {
  name: 'growth-10m',
  isSoak: true,
  run: (scale) => growth(scale, scale.growth.most),
};

interface Table {
  readonly lab: Lab;
  readonly pool: Pool;
  readonly settled: Settled;
}

async function growth(scale: Scale, rows: number): Promise<Figure[]> {
  return await withLab(async (lab) => {
    const few = await tableOf(await lab.another('few'), scale.growth.few);
    const many = await tableOf(await lab.another('many'), rows);
    const cpu = { ...scale, clients: CLIENTS, cpu: lab.cpu };
    const claims = await alternate({ few: () => transaction(few.pool), many: () => transaction(many.pool) }, cpu);
    const replays = await alternate({ few: () => replay(few), many: () => replay(many) }, cpu);
    const against = `${rows.toLocaleString('en')} settled keys against ${scale.growth.few.toLocaleString('en')}`;
    const flat = (line: string) => ({ name: `${line}, ${against}`, target: { atLeast: FLAT } });
    const drawn = (figure: Figure, line: string) => onLine(figure, line, scale.growth.few, rows);
    return [
      drawn(ratioFigure(claims.many, claims.few, flat('claim')), 'claim'),
      drawn(ratioFigure(replays.many, replays.few, flat('replay')), 'replay'),
      drawn(await byTurns(few, many, scale, flat('takeover'), takeOver), 'takeover'),
      drawn(await byTurns(few, many, scale, flat('expiry'), expire), 'expiry'),
      figureOf([many.settled.bytesPerRecord], {
        name: `table and indexes for each of ${rows.toLocaleString('en')} settled keys`,
        unit: 'B',
        behind: `${rounded(few.settled.bytesPerRecord)} B of ${scale.growth.few.toLocaleString('en')}`,
      }),
    ];
  });
}

async function tableOf(lab: Lab, rows: number): Promise<Table> {
  const pool = lab.open(CLIENTS);
  return { lab, pool, settled: await settle(lab, pool, rows) };
}

async function replay({ pool, settled }: Table): Promise<void> {
  const { replayed } = await transaction(pool, settled.someKey(), { replayHint: true });
  if (!replayed) throw new BenchError('WRONG_RESULT', 'a settled key was run again');
}

/** How fast `work` is with many, where with few is 1. */
async function byTurns(
  few: Table,
  many: Table,
  { rounds, growthBatch }: Scale,
  described: Omit<Described, 'unit' | 'behind'>,
  work: (table: Table, rows: number) => Promise<number>,
): Promise<Figure> {
  const tookMs = { few: [] as number[], many: [] as number[] };
  for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
    const turns = [
      async () => tookMs.few.push(await work(few, growthBatch)),
      async () => tookMs.many.push(await work(many, growthBatch)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  const ratios = tookMs.few.map((ms, round) => ms / (tookMs.many[round] ?? Number.NaN));
  const middle = (of: readonly number[]) => rounded(quartiles(of).median);
  const behind = `${middle(tookMs.many)} ms against ${middle(tookMs.few)} ms`;
  return figureOf(ratios, { ...described, unit: '×', behind });
}

/** Everything that was left is found among the settled ones, and taken. */
async function takeOver({ lab, pool }: Table, rows: number): Promise<number> {
  await abandon(lab, rows);
  const begun = performance.now();
  await takenByWorkers(pool.bare, rows, 1);
  const ms = performance.now() - begun;
  const { count } = await lab.admin`delete from idempotency.record where operation = ${ABANDONED} and fence = 2`;
  if (count !== rows) throw new BenchError('WRONG_RESULT', `${count} of ${rows} records were taken once`);
  return ms;
}

async function expire({ lab }: Table, batch: number): Promise<number> {
  const rows = batch * 5; // they take less time
  await outlive(lab, 'idempotency.record', rows);
  const expiry = await openExpiry(lab.url);
  try {
    const begun = performance.now();
    await expiry.run();
    const ms = performance.now() - begun;
    const { count } = await lab.admin`delete from idempotency.record where state = 5`;
    if (count !== rows) throw new BenchError('WRONG_RESULT', `${count} of ${rows} records have expired`);
    return ms;
  } finally {
    await expiry.close();
  }
}
