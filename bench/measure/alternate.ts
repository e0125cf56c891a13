import type { CpuClock } from './cpu.ts';
import { quantile } from './statistics.ts';

/** One variant in one round. */
export interface Slice {
  readonly ops: number;
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Measured {
  readonly slices: readonly Slice[];
  /** Microseconds of CPU for one operation, over all rounds, by process. */
  readonly cpuMicros: ReadonlyMap<string, number>;
}

export interface AlternateOptions {
  /** So many operations are under way at once. */
  readonly clients: number;
  readonly rounds: number;
  /** How long each variant runs in each round, in milliseconds. */
  readonly sliceMs: number;
  /** What is not measured: caches fill, code is compiled. */
  readonly warmUpMs: number;
  readonly cpu?: CpuClock;
}

/**
 * Runs the variants by turns, so that whatever else this machine does meets all of them: what a slow minute does to one it
 * does to the others, and the ratio of a round stays. Every second round goes the other way round.
 */
export async function alternate<N extends string>(
  variants: Readonly<Record<N, () => Promise<unknown>>>,
  { clients, rounds, sliceMs, warmUpMs, cpu = () => new Map() }: AlternateOptions,
): Promise<Readonly<Record<N, Measured>>> {
  const names = Object.keys(variants) as N[];
  const slices = new Map<N, Slice[]>(names.map((name) => [name, []]));
  const spent = new Map<N, Map<string, number>>(names.map((name) => [name, new Map()]));
  for (const name of names) await runFor(variants[name], clients, warmUpMs);
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const before = cpu();
      slices.get(name)?.push(await runFor(variants[name], clients, sliceMs));
      for (const [process, seconds] of cpu()) {
        const sum = spent.get(name);
        sum?.set(process, (sum.get(process) ?? 0) + seconds - (before.get(process) ?? 0));
      }
    }
  }
  const measured = names.map((name): [N, Measured] => {
    const of = slices.get(name) ?? [];
    const ops = of.reduce((sum, slice) => sum + slice.ops, 0);
    const each = [...(spent.get(name) ?? [])].map(([process, s]): [string, number] => [process, (s * 1e6) / ops]);
    return [name, { slices: of, cpuMicros: new Map(each) }];
  });
  return Object.fromEntries(measured) as Record<N, Measured>;
}

/** The rate of `of` where that of `against` is 1, round by round. */
export const ratios = (of: Measured, against: Measured): number[] =>
  of.slices.map((slice, round) => slice.opsPerSecond / (against.slices[round]?.opsPerSecond ?? Number.NaN));

async function runFor(operation: () => Promise<unknown>, clients: number, ms: number): Promise<Slice> {
  const until = performance.now() + ms;
  return await runWhile(operation, clients, () => performance.now() < until);
}

/** So many clients, each with one operation after the other, at least one, for as long as `goesOn`. */
export async function runWhile(
  operation: () => Promise<unknown>,
  clients: number,
  goesOn: () => boolean,
): Promise<Slice> {
  const begun = performance.now();
  const tookMs: number[] = [];
  let isOver = false;
  const client = async () => {
    try {
      do {
        const sent = performance.now();
        await operation();
        tookMs.push(performance.now() - sent);
      } while (!isOver && goesOn());
    } finally {
      isOver = true; // of all, when one fails
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - begun) / 1000;
  return {
    ops: tookMs.length,
    opsPerSecond: tookMs.length / seconds,
    p50Ms: quantile(tookMs, 0.5),
    p99Ms: quantile(tookMs, 0.99),
  };
}
