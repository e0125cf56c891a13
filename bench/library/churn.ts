import { setTimeout as sleep } from 'node:timers/promises';
import { createOnce } from '@once/idempotency';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import { createWorker } from '@once/idempotency/worker';
import postgres from 'postgres';
import type { Bench, Scale } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { type Figure, figureOf, rounded } from '../figure.ts';
import { type Lab, withLab } from './lab.ts';
import { transaction, workflowWithOneCall } from './operations.ts';

const CLIENTS = 8;
/** Autovacuum looks once a minute unless said, and here sixty times as often: a minute is as an hour. */
const NAPTIME = { autovacuum_naptime: '1s' };
/** The shortest that the library allows. */
const RETENTION_MS = 60_000;
const TOMBSTONE_MS = 30_000;
const READINGS = 40;
/** How much larger the second half of the run may end than it began. */
const FLAT = 1.1;

/** What becomes of the table while records come and go for a long time: is there an end to its growing? */
export const churnBench: Bench = {
  name: 'churn',
  isSoak: true,
  run: (scale) => withLab((lab) => churn(lab, scale), NAPTIME),
};

interface Reading {
  readonly seconds: number;
  readonly records: number;
  readonly dead: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
  readonly updates: number;
  readonly hot: number;
}

async function churn(lab: Lab, { churnMs }: Scale): Promise<Figure[]> {
  const client = guarded(postgres(lab.url, { max: CLIENTS + 1, onnotice: () => {} }));
  const database = postgresJs(client);
  const once = createOnce({ database, retentionMs: RETENTION_MS, tombstoneMs: TOMBSTONE_MS });
  const worker = createWorker(once, [], { upkeepMs: churnMs / READINGS / 4 });
  const begun = performance.now();
  const shopper = async () => {
    let made = 0;
    for (; performance.now() - begun < churnMs; made += 2) {
      await transaction({ bare: client, once });
      await workflowWithOneCall({ bare: client, once });
    }
    return made;
  };
  const reader = async () => {
    const readings: Reading[] = [];
    for (let number = 1; number <= READINGS; number++) {
      await sleep(Math.max(0, begun + (number * churnMs) / READINGS - performance.now()));
      readings.push(await read(lab, (performance.now() - begun) / 1000));
    }
    return readings;
  };
  worker.start();
  try {
    const [readings, ...made] = await Promise.all([reader(), ...Array.from({ length: CLIENTS }, shopper)]);
    return figuresOf(
      readings,
      made.reduce((sum, each) => sum + each, 0),
    );
  } finally {
    await worker.stop();
    await client.end({ timeout: 5 });
  }
}

async function read({ admin }: Lab, seconds: number): Promise<Reading> {
  const [row] = await admin<Omit<Reading, 'seconds'>[]>`
    select n_live_tup::float8 as records, n_dead_tup::float8 as dead, n_tup_upd::float8 as updates,
      n_tup_hot_upd::float8 as hot, pg_table_size(relid)::float8 as "tableBytes", pg_indexes_size(relid)::float8 as "indexBytes"
    from pg_stat_user_tables where schemaname = 'idempotency' and relname = 'record'`;
  if (!row) throw new BenchError('WRONG_RESULT', 'there is no table');
  return { seconds, ...row };
}

function figuresOf(readings: readonly Reading[], made: number): Figure[] {
  const half = readings.slice(Math.floor(readings.length / 2));
  const [first, last] = [half[0], half.at(-1)] as [Reading, Reading];
  const minutes = `${rounded(last.seconds / 60)} minutes`;
  const size = ({ tableBytes, indexBytes }: Reading) => tableBytes + indexBytes;
  const mib = (bytes: number) => bytes / 2 ** 20;
  const line = (of: (reading: Reading) => number) =>
    readings.map((reading) => [Math.round(reading.seconds), Number(of(reading).toPrecision(3))] as const);
  return [
    {
      ...figureOf([size(last) / size(first)], {
        name: `table and indexes after ${minutes} of churn, against half of that`,
        unit: '×',
        target: { atMost: FLAT },
        behind: `${rounded(mib(size(last)))} MiB against ${rounded(mib(size(first)))} MiB; ${rounded(made / last.seconds)} records/s come and go`,
      }),
      curve: { line: 'table, MiB', points: line(({ tableBytes }) => mib(tableBytes)) },
    },
    {
      ...figureOf(
        half.map(({ indexBytes, records, dead }) => indexBytes / Math.max(1, records + dead)),
        {
          name: 'indexes for each of its records and tombstones',
          unit: 'B',
          behind: `${rounded(last.records)} of them at the end`,
        },
      ),
      curve: { line: 'indexes, MiB', points: line(({ indexBytes }) => mib(indexBytes)) },
    },
    figureOf(
      half.map(({ records, dead }) => dead / Math.max(1, records + dead)),
      {
        name: 'share of its rows that are dead, waiting for vacuum',
        unit: '',
      },
    ),
    figureOf([(last.hot - first.hot) / Math.max(1, last.updates - first.updates)], {
      name: 'share of updates that touch no index (HOT)',
      unit: '',
      behind: `${rounded((last.updates - first.updates) / (last.seconds - first.seconds))} updates/s`,
    }),
  ];
}
