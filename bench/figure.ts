import { type Measured, ratios } from './measure/alternate.ts';
import { quartiles } from './measure/statistics.ts';

/** `×`: a ratio of two variants in the same rounds; '': a count. */
export type Unit = '×' | 'B' | 's' | 'ms' | 'MiB' | '/s' | '%' | '';

export interface Target {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One row of docs/performance.md. */
export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  /** The median and the quartiles of the rounds. */
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
  readonly target?: Target;
  /** How it went, where docs/performance.md draws that. */
  readonly curve?: Curve;
  /** What lies behind it, in numbers: rates, milliseconds, where the time went. */
  readonly behind: string;
}

export interface Curve {
  readonly line: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Described {
  readonly name: string;
  readonly unit: Unit;
  readonly target?: Target;
  readonly curve?: Curve;
  readonly behind?: string;
}

export function figureOf(values: readonly number[], { behind = '', ...described }: Described): Figure {
  return { ...described, ...quartiles(values), rounds: values.length, behind };
}

/** With its place on a line through several figures, which begins where everything is compared with. */
export const onLine = (figure: Figure, line: string, from: number, x: number): Figure => ({
  ...figure,
  curve: {
    line,
    points: [
      [from, 1],
      [x, Number(figure.median.toPrecision(3))],
    ],
  },
});

/** How fast `of` is, where `against` is 1, round by round; and behind it both rates, and whose CPU they took. */
export function ratioFigure(of: Measured, against: Measured, described: Omit<Described, 'unit' | 'behind'>): Figure {
  const behind = `${ratesOf(of)} against ${ratesOf(against)}`;
  return figureOf(ratios(of, against), { ...described, unit: '×', behind });
}

export function ratesOf({ slices, cpuMicros }: Measured): string {
  const perSecond = quartiles(slices.map((slice) => slice.opsPerSecond)).median;
  const p50 = quartiles(slices.map((slice) => slice.p50Ms)).median;
  const p99 = quartiles(slices.map((slice) => slice.p99Ms)).median;
  const cpu = [...cpuMicros].map(([process, micros]) => `${process} ${Math.round(micros)}`).join(' + ');
  const rate = `${rounded(perSecond)}/s, p50 ${rounded(p50)} ms, p99 ${rounded(p99)} ms`;
  return cpu === '' ? rate : `${rate}, CPU µs each: ${cpu}`;
}

/** Three digits are more than any of these is worth. */
export const rounded = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
