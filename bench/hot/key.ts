import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import type { Scale } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { type Figure, figureOf, rounded } from '../figure.ts';
import type { Lab } from '../library/lab.ts';
import { transaction } from '../library/operations.ts';
import { quantile, quartiles } from '../measure/statistics.ts';

const CONNECTIONS = 16;
const SECOND_MS = 1_000;
/** A slow machine must not turn somebody away: what is asked is how long they all take. */
const PATIENCE_MS = 60_000;
const MOST_ROUNDS = 9; // they are long

/** One key, sent again and again: evenly over a second, as by clients that lost patience, and all at once. */
export async function hotKey(lab: Lab, { rounds, duplicates }: Scale): Promise<Figure[]> {
  const pool = lab.open(CONNECTIONS);
  const send = async (key: string) => (await transaction(pool, key, { waitMs: PATIENCE_MS })).replayed;
  const named = `${duplicates.toLocaleString('en')} duplicates of one key`;
  const compare = async (overMs: number) => {
    const same: number[] = [];
    const different: number[] = [];
    for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
      const key = uuidv7();
      const turns = [
        async () => same.push(await p99Of(() => send(key), { duplicates, overMs, executed: 1 })),
        async () => different.push(await p99Of(() => send(uuidv7()), { duplicates, overMs, executed: duplicates })),
      ];
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
    }
    return { ratios: same.map((ms, round) => ms / (different[round] ?? Number.NaN)), same, different };
  };
  const figure = (name: string, { ratios, same, different }: Awaited<ReturnType<typeof compare>>) =>
    figureOf(ratios, {
      name,
      unit: '×',
      target: { atMost: 1 },
      behind: `${rounded(quartiles(same).median)} ms against ${rounded(quartiles(different).median)} ms; one was executed`,
    });
  await compare(0); // caches fill, code is compiled
  return [
    figure(`${named} in a second: their p99, against that of as many keys`, await compare(SECOND_MS)),
    figure(`${named} at once: their p99, against that of as many keys`, await compare(0)),
  ];
}

interface Sending {
  readonly duplicates: number;
  readonly overMs: number;
  /** How many of them must have been executed, and not answered from what is stored. */
  readonly executed: number;
}

async function p99Of(send: () => Promise<boolean>, { duplicates, overMs, executed }: Sending): Promise<number> {
  const begun = performance.now();
  const answered = Array.from({ length: duplicates }, async (_, place) => {
    const at = begun + (place * overMs) / duplicates;
    if (overMs > 0) await sleep(Math.max(0, at - performance.now()));
    const sent = performance.now();
    const replayed = await send();
    return { replayed, ms: performance.now() - sent };
  });
  const answers = await Promise.all(answered);
  const ran = answers.filter(({ replayed }) => !replayed).length;
  if (ran !== executed) throw new BenchError('WRONG_RESULT', `${ran} of ${duplicates} were executed, not ${executed}`);
  return quantile(
    answers.map(({ ms }) => ms),
    0.99,
  );
}
