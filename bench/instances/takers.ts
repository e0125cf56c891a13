import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import postgres from 'postgres';
import type { Scale } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { type Figure, figureOf, onLine, rounded } from '../figure.ts';
import { ABANDONED, abandon } from '../library/takeover.ts';
import { quartiles } from '../measure/statistics.ts';
import type { Fleet } from './fleet.ts';

const MOST_ROUNDS = 5; // they are long

/** Worker processes that share what was left, through one pooler: how fast, and that nobody takes what another has. */
export async function takers(fleet: Fleet, { fleets, growthBatch, rounds }: Scale): Promise<Figure[]> {
  const [poolSize, pooler] = [...fleet.poolers].at(-1) ?? [];
  if (!pooler) throw new BenchError('WRONG_RESULT', 'there is no pooler');
  const admin = postgres(fleet.databaseUrl, { max: 1, onnotice: () => {} });
  const most = Math.max(...fleets);
  const children = await Promise.all(Array.from({ length: most }, () => startTaker(pooler.url)));
  const tookMs = new Map<number, number[]>(fleets.map((count) => [count, []]));
  try {
    for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
      for (const count of round % 2 === 0 ? fleets : fleets.toReversed()) {
        tookMs.get(count)?.push(await shared(admin, children.slice(0, count), growthBatch));
      }
    }
  } finally {
    for (const child of children) child.disconnect();
    await admin.end({ timeout: 5 });
  }
  const one = tookMs.get(fleets[0] ?? 1) ?? [];
  const middle = (of: readonly number[]) => rounded(quartiles(of).median);
  return [...tookMs].slice(1).map(([count, ms]) => {
    const figure = figureOf(
      ms.map((each, round) => (one[round] ?? Number.NaN) / each),
      {
        name: `${count} worker processes against ${fleets[0]}, how fast they take what was left`,
        unit: '×',
        behind: `${middle(ms)} ms against ${middle(one)} ms for ${growthBatch.toLocaleString('en')}, none taken twice; pooler of ${poolSize}`,
      },
    );
    return onLine(figure, 'worker processes', fleets[0] ?? 1, count);
  });
}

async function startTaker(databaseUrl: string): Promise<ChildProcess> {
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  const child = fork(join(import.meta.dirname, 'taking-process.ts'), { env });
  await once(child, 'message'); // it is connected
  return child;
}

/** @throws {BenchError} `WRONG_RESULT` unless each was taken by one of them, once */
async function shared(admin: postgres.Sql, children: readonly ChildProcess[], rows: number): Promise<number> {
  await abandon({ admin }, rows);
  const begun = performance.now();
  const counts = await Promise.all(
    children.map(async (child) => {
      const answer = once(child, 'message');
      child.send('take');
      const [taken] = (await answer) as [number];
      return taken;
    }),
  );
  const ms = performance.now() - begun;
  const taken = counts.reduce((sum, count) => sum + count, 0);
  const { count } = await admin`delete from idempotency.record where operation = ${ABANDONED} and fence = 2`;
  if (taken !== rows || count !== rows) {
    throw new BenchError('WRONG_RESULT', `${taken} takings, ${count} records taken once, of ${rows}`);
  }
  return ms;
}
