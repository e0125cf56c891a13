import type { Bench } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { figureOf, ratioFigure } from '../figure.ts';
import { alternate } from '../measure/alternate.ts';
import { type Lab, type Pool, withLab } from './lab.ts';
import { transaction } from './operations.ts';
import { walOf } from './wal.ts';

const CLIENTS = 16;
const COUNTED = 2_000;

/** What a retry costs that says it is one, against reading a row of the same width by its primary key. */
export const replayBench: Bench = {
  name: 'replay',
  run: (scale) =>
    withLab(async (lab) => {
      const pool = lab.open(CLIENTS);
      const keys = await settle(lab.open(CLIENTS, { isDurable: false }), scale.settledKeys);
      const { ids, plain } = await plainCopy(lab, pool);
      const pick = <T>(of: readonly T[]) => of[Math.floor(Math.random() * of.length)] as T;
      const replay = () => replayed(pool, pick(keys));
      const measured = await alternate(
        { plain: () => plain(pick(ids)), replay },
        { ...scale, clients: CLIENTS, cpu: lab.cpu },
      );
      const name = 'replay, hinted, against a SELECT by primary key, 16 clients';
      const bytes = await walOf(lab, replay, Math.min(COUNTED, scale.settledKeys));
      return [
        ratioFigure(measured.replay, measured.plain, { name, target: { atLeast: 0.95 } }),
        figureOf([bytes], {
          name: 'WAL of a replay',
          unit: 'B',
          target: { atMost: 0 },
          behind: 'so no row is written',
        }),
      ];
    }),
};

/** Real first runs: what is replayed is what the library itself has written. */
async function settle(pool: Pool, howMany: number): Promise<string[]> {
  const keys = Array.from({ length: howMany }, () => crypto.randomUUID());
  const open = [...keys];
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (let key = open.pop(); key !== undefined; key = open.pop()) await transaction(pool, key);
    }),
  );
  return keys;
}

async function replayed(pool: Pool, key: string): Promise<void> {
  const outcome = await transaction(pool, key, { replayHint: true });
  if (!outcome.replayed) throw new BenchError('WRONG_RESULT', 'a known key was run again');
}

/** The same rows in a table that nobody has ever updated, read without any help of the library. */
async function plainCopy({ admin }: Lab, { bare }: Pool) {
  await admin`create table plain as select * from idempotency.record`;
  await admin`alter table plain add primary key (id)`;
  await admin.unsafe('vacuum analyze plain');
  await admin.unsafe('vacuum analyze idempotency.record');
  const rows = await admin<{ id: string }[]>`select id from plain`;
  const plain = async (id: string) => {
    const [row] = await bare`select state, fingerprint, outcome, due_at from plain where id = ${id}`;
    if (row === undefined) throw new BenchError('WRONG_RESULT', 'a row that was there is gone');
  };
  return { ids: rows.map(({ id }) => id), plain };
}
