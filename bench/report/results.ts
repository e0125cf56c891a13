import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// @boundaries-ignore where the repository is belongs to no package
import { ROOT } from '../../scripts/settings.ts';
import type { Figure } from '../figure.ts';
import type { Machine } from './machine.ts';

/** One run of one bench, as bench/results/<name>.json keeps it. */
export interface Result {
  readonly bench: string;
  /** ISO 8601. */
  readonly at: string;
  readonly commit: string;
  readonly machine: Machine;
  /** Before and after: above the number of cores, somebody else was at work too. */
  readonly load: readonly [number, number];
  readonly seconds: number;
  readonly figures: readonly Figure[];
}

const pathOf = (bench: string) => `bench/results/${bench}.json`;

export function keep(result: Result): void {
  mkdirSync(join(ROOT, 'bench/results'), { recursive: true });
  writeFileSync(join(ROOT, pathOf(result.bench)), `${JSON.stringify(result, null, 2)}\n`);
}

/** The last run, committed or not. */
export function latest(bench: string): Result | undefined {
  const path = join(ROOT, pathOf(bench));
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Result) : undefined;
}

/** The run that the last commit has: what a change is measured by. */
export function committed(bench: string): Result | undefined {
  try {
    const show = ['show', `HEAD:${pathOf(bench)}`];
    return JSON.parse(
      execFileSync('git', show, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    ) as Result;
  } catch {
    return undefined; // it has none
  }
}
