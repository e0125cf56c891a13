import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// @boundaries-ignore where the repository is belongs to no package
import { ROOT } from '../../scripts/settings.ts';
import { BENCHES } from '../benches.ts';
import { BenchError } from '../errors.ts';
import { capacityOf, unitCostsOf } from './capacity.ts';
import { drawCharts } from './charts.ts';
import { committed, latest } from './results.ts';
import { runsOf, tableOf } from './table.ts';

const PERFORMANCE = join(ROOT, 'docs/performance.md');
const SCALING = join(ROOT, 'docs/scaling.md');
export const BEGIN = '<!-- figures: written by `pnpm bench` -->';
export const END = '<!-- /figures -->';

/**
 * Puts the latest run of every bench into docs/performance.md, and what follows from them into docs/scaling.md, between the
 * markers. The rest is written by people.
 */
export function writeDocuments(): void {
  const results = BENCHES.flatMap(({ name }) => latest(name) ?? []);
  const figures = [tableOf(results, committed), drawCharts(results), runsOf(results)].filter((part) => part !== '');
  write(PERFORMANCE, figures.join('\n\n'));
  const costs = unitCostsOf(results);
  if (costs) write(SCALING, capacityOf(costs));
}

const write = (file: string, figures: string): void =>
  writeFileSync(file, withFigures(readFileSync(file, 'utf8'), figures));

/** @throws {BenchError} `DOCUMENT_MARKERS` */
export function withFigures(document: string, figures: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new BenchError('DOCUMENT_MARKERS', `a document has no ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${figures}\n\n${END}${after}`;
}
