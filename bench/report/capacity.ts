import { BenchError } from '../errors.ts';
import { type Figure, rounded } from '../figure.ts';
import type { Result } from './results.ts';

/** What one purchase costs, as it was measured. */
export interface UnitCosts {
  readonly cpuMs: Readonly<Record<'web' | 'postgres' | 'worker', number>>;
  /** Undefined: nobody has counted it. */
  readonly footprint: { readonly wal: number; readonly stored: number; readonly record: number } | undefined;
}

const PER_MINUTE = [60, 1_000, 10_000, 100_000, 1_000_000];
/** More than this of a core leaves nothing for the minute after a sale begins. */
const BUSY = 0.6;
const DAY_S = 86_400;
/** The library's own, unless it is told otherwise: how long an outcome stays, and how long its tombstone after that. */
const KEPT_DAYS = 7 + 90;
const LARGE_SERVER_CORES = 64;

/** Undefined while no purchase was ever measured. @throws {BenchError} `WRONG_RESULT`: a figure is gone */
export function unitCostsOf(results: readonly Result[]): UnitCosts | undefined {
  const figuresIn = (bench: string) => results.find((result) => result.bench === bench)?.figures;
  const [purchase, footprint] = [figuresIn('purchase'), figuresIn('footprint')];
  if (!purchase) return undefined;
  const deployed = named(purchase, 'purchases from the shop as it is deployed').behind;
  return {
    cpuMs: { web: cpuIn(deployed, 'web'), postgres: cpuIn(deployed, 'postgres'), worker: cpuIn(deployed, 'worker') },
    footprint: footprint && {
      wal: named(footprint, 'WAL for each purchase').median,
      stored: named(footprint, 'tables and indexes for each purchase').median,
      record: named(footprint, 'of them the record').median,
    },
  };
}

/** Markdown: the unit costs, and what follows from them, row by row. */
export function capacityOf({ cpuMs, footprint }: UnitCosts): string {
  const perCore = (ms: number) => (BUSY * 1_000) / ms;
  const rows = PER_MINUTE.map((minute) => {
    const second = minute / 60;
    const cores = (ms: number) => String(Math.ceil((second * ms) / 1_000 / BUSY));
    return [
      minute.toLocaleString('en'),
      cores(cpuMs.web),
      cores(cpuMs.postgres),
      cores(cpuMs.worker),
      Math.round(second * DAY_S).toLocaleString('en'),
      footprint ? bytes(second * footprint.wal, '/s') : '–',
      footprint ? bytes(second * DAY_S * footprint.stored) : '–',
      footprint ? bytes(second * DAY_S * KEPT_DAYS * footprint.record) : '–',
    ];
  });
  const head = ['purchases a minute', 'web cores', 'Postgres cores', 'worker cores', 'keys a day', 'WAL'];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const one = (LARGE_SERVER_CORES * perCore(cpuMs.postgres) * 60) / 1_000;
  return [
    `One purchase takes ${rounded(cpuMs.web)} ms of CPU in web, ${rounded(cpuMs.postgres)} ms in Postgres and ${rounded(cpuMs.worker)} ms in the worker. With cores busy to ${BUSY * 100} % that is ${rounded(perCore(cpuMs.web))} purchases a second for each core of web, ${rounded(perCore(cpuMs.postgres))} for each of Postgres, ${rounded(perCore(cpuMs.worker))} for each of the worker. ${leaves(footprint)}`,
    [
      line([...head, 'stored a day', `records kept (${KEPT_DAYS} days)`]),
      line(Array.from({ length: 8 }, () => '---:')),
      ...rows.map(line),
    ].join('\n'),
    `A Postgres of ${LARGE_SERVER_CORES} cores is used up at about ${rounded(one)} thousand purchases a minute.`,
  ].join('\n\n');
}

const leaves = (footprint: UnitCosts['footprint']): string =>
  footprint
    ? `It writes ${bytes(footprint.wal)} of WAL and leaves ${bytes(footprint.stored)} of tables and indexes, ${bytes(footprint.record)} of them its record.`
    : 'What it leaves behind was not counted yet (`pnpm bench footprint`).';

function named(figures: readonly Figure[], begins: string): Figure {
  const found = figures.find(({ name }) => name.startsWith(begins));
  if (!found) throw new BenchError('WRONG_RESULT', `there is no figure named ${begins}…`);
  return found;
}

/** Milliseconds, from `CPU µs each: web 39465 + …`. */
function cpuIn(behind: string, process: string): number {
  const micros = new RegExp(`\\b${process} (\\d+)`).exec(behind.split('CPU µs each:')[1] ?? '')?.[1];
  if (micros === undefined) throw new BenchError('WRONG_RESULT', `nobody counted the CPU of ${process}: ${behind}`);
  return Number(micros) / 1_000;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

function bytes(value: number, per = ''): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return `${rounded(value / 1_000 ** power)} ${UNITS[power]}${per}`;
}
