import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// @boundaries-ignore where the repository is belongs to no package
import { ROOT } from '../../scripts/settings.ts';
import { BENCHES } from '../benches.ts';
import { BenchError } from '../errors.ts';
import { drawCharts } from './charts.ts';
import { committed, latest } from './results.ts';
import { runsOf, tableOf } from './table.ts';

const FILE = join(ROOT, 'docs/performance.md');
export const BEGIN = '<!-- figures: written by `pnpm bench` -->';
export const END = '<!-- /figures -->';

/** Puts the latest run of every bench into docs/performance.md, between the markers. The rest is written by people. */
export function writeDocument(): void {
  const results = BENCHES.flatMap(({ name }) => latest(name) ?? []);
  const figures = [tableOf(results, committed), drawCharts(results), runsOf(results)].filter((part) => part !== '');
  writeFileSync(FILE, withFigures(readFileSync(FILE, 'utf8'), figures.join('\n\n')));
}

/** @throws {BenchError} `DOCUMENT_MARKERS` */
export function withFigures(document: string, figures: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new BenchError('DOCUMENT_MARKERS', `${FILE} has no ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${figures}\n\n${END}${after}`;
}
