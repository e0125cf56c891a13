import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
// @boundaries-ignore where the repository is belongs to no package
import { ROOT } from '../../scripts/settings.ts';
import type { Curve } from '../figure.ts';
import { type Chart, drawChart } from './chart.ts';
import type { Result } from './results.ts';

interface Drawn extends Chart {
  readonly file: string;
  /** Whose curves are in it. Lines of the same name go on from one bench to the next. */
  readonly benches: readonly string[];
}

const CHARTS: readonly Drawn[] = [
  {
    file: 'bench-growth.svg',
    benches: ['growth', 'growth-10m'],
    title: 'How fast each part of the protocol is, by the number of settled keys in its table',
    x: { label: 'settled keys', isLog: true },
    y: { label: 'against 10,000 keys', from: 0, to: 1.2 },
  },
  {
    file: 'bench-churn.svg',
    benches: ['churn'],
    title: 'The size of the table and of its indexes while records come and go',
    x: { label: 'seconds of churn', from: 0 },
    y: { label: 'MiB', from: 0 },
  },
  {
    file: 'bench-instances.svg',
    benches: ['instances'],
    title: 'How fast more processes are than one, on the same two cores',
    x: { label: 'processes', from: 1 },
    y: { label: 'against one process', from: 0, to: 1.2 },
  },
];

/** Draws what there are results for. @returns Markdown that shows it, for docs/performance.md */
export function drawCharts(results: readonly Result[]): string {
  return CHARTS.flatMap(({ file, benches, ...chart }) => {
    const curves = curvesOf(results.filter(({ bench }) => benches.includes(bench)));
    if (curves.length === 0) return [];
    const path = join(ROOT, 'docs/images', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, drawChart(chart, curves));
    return [`![${chart.title}](images/${file})`];
  }).join('\n\n');
}

/** One line for each name, from left to right; where two have the same place, the first counts. */
export function curvesOf(results: readonly Result[]): Curve[] {
  const lines = new Map<string, Map<number, number>>();
  for (const { curve } of results.flatMap(({ figures }) => figures)) {
    if (!curve) continue;
    const points = lines.get(curve.line) ?? new Map<number, number>();
    for (const [x, y] of curve.points) if (!points.has(x)) points.set(x, y);
    lines.set(curve.line, points);
  }
  return [...lines].map(([line, points]) => ({ line, points: [...points].toSorted(([a], [b]) => a - b) }));
}
