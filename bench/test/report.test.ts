import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { distributionSql } from '@once/db/distribution';
import { describe, expect, it } from 'vitest';
import { type Figure, figureOf, onLine } from '../figure.ts';
import { alternate, ratios } from '../measure/alternate.ts';
import { capacityOf, unitCostsOf } from '../report/capacity.ts';
import { drawChart } from '../report/chart.ts';
import { curvesOf } from '../report/charts.ts';
import { BEGIN, END, withFigures } from '../report/document.ts';
import type { Machine } from '../report/machine.ts';
import { latest, type Result } from '../report/results.ts';
import { tableOf } from '../report/table.ts';

describe('figures', () => {
  it('are the median and the quartiles of their rounds', () => {
    expect(figureOf([5, 1, 4, 2, 3], { name: 'n', unit: 'B' })).toMatchObject({
      low: 2,
      median: 3,
      high: 4,
      rounds: 5,
    });
    expect(figureOf([1, 2], { name: 'n', unit: 'B' })).toMatchObject({ median: 1.5 });
  });

  it('of ratios come from variants that run by turns, every second round the other way round', async () => {
    const turns: string[] = [];
    const variant = (name: string) => async () => void turns.push(name);
    const measured = await alternate(
      { a: variant('a'), b: variant('b') },
      { clients: 1, rounds: 3, sliceMs: 0, warmUpMs: 0 },
    );
    expect(turns.join('')).toBe('ab ab ba ab'.replaceAll(' ', '')); // warm-up, and three rounds
    expect(ratios(measured.a, measured.a)).toEqual([1, 1, 1]);
  });

  it('are not made of operations of which one failed: the others stop, too', async () => {
    let begun = 0;
    const fails = async () => {
      const mine = ++begun;
      await turn();
      if (mine === 20) throw new RangeError('no');
    };
    await expect(alternate({ fails }, { clients: 4, rounds: 1, sliceMs: 60_000, warmUpMs: 0 })).rejects.toThrow('no');
    await turn();
    const underWay = begun;
    await turn();
    expect(begun).toBe(underWay);
  });
});

describe('the report', () => {
  it('says what was met, what was missed, and what it was before', () => {
    const now = [
      of('fast', 0.6, { atLeast: 0.5 }),
      of('lame', 0.4, { atLeast: 0.5 }),
      of('slow', 7, { atMost: 6 }),
      of('told', 3),
    ];
    const rows = tableOf([resultOf(now)], () => resultOf([of('fast', 0.4)], 'yesterday'))
      .split('\n')
      .slice(2);
    expect(rows).toEqual([
      '| fast | **0.60** | 0.40 | ≥ 0.50 | met | why |',
      '| lame | **0.40** | – | ≥ 0.50 | missed | why |',
      '| slow | **7.00** | – | ≤ 6.00 | missed | why |',
      '| told | **3.00** | – | – |  | why |',
    ]);
  });

  it('draws a line through the figures of several runs, and says what it is', () => {
    const runOf = (x: number, y: number) => resultOf([onLine(of('claim', y), 'claim <now>', 10, x)]);
    const curves = curvesOf([runOf(1_000, 0.5), runOf(100_000, 0.25)]);
    expect(curves).toEqual([
      {
        line: 'claim <now>',
        points: [
          [10, 1],
          [1_000, 0.5],
          [100_000, 0.25],
        ],
      },
    ]);
    const axes = { x: { label: 'keys', isLog: true }, y: { label: 'rate', from: 0 } };
    const drawing = drawChart({ title: 'How "it" goes', ...axes }, curves);
    expect(drawing).toContain('aria-label="How &quot;it&quot; goes"');
    expect(drawing).toContain('>claim &lt;now></text>');
    // From the left edge to the right one, each step of a hundred as wide, each half as high above the ground.
    expect(drawing).toContain('d="M56 16L308 142L560 205"');
    expect(drawing.match(/>(\d+|\d+,000)<\/text>/g)).toEqual(expect.arrayContaining(['>10</text>', '>100,000</text>']));
  });

  it('takes the place of the one before, and of nothing else', () => {
    const document = `# Title\n\n${BEGIN}\n\nold\n\n${END}\n\nWords.\n`;
    const written = withFigures(document, 'new');
    expect(written).toBe(document.replace('old', 'new'));
    expect(withFigures(written, 'new')).toBe(written);
    expect(() => withFigures('# Title\n', 'new')).toThrow(expect.objectContaining({ code: 'DOCUMENT_MARKERS' }));
  });
});

describe('capacity', () => {
  const results = [
    {
      ...resultOf([
        figureOf([20], {
          name: 'purchases from the shop as it is deployed, 8 shoppers',
          unit: '/s',
          behind: '20/s, CPU µs each: web 30000 + postgres 12000 + worker 3000',
        }),
      ]),
      bench: 'purchase',
    },
    {
      ...resultOf([
        figureOf([20_000], { name: 'tables and indexes for each purchase', unit: 'B' }),
        figureOf([1_000], { name: 'of them the record’s', unit: 'B' }),
        figureOf([30_000], { name: 'WAL for each purchase', unit: 'B' }),
      ]),
      bench: 'footprint',
    },
  ];

  it('follows from what one purchase costs', () => {
    const costs = unitCostsOf(results);
    expect(costs).toEqual({
      cpuMs: { web: 30, postgres: 12, worker: 3 },
      footprint: { wal: 30_000, stored: 20_000, record: 1_000 },
    });
    const text = capacityOf(costs as NonNullable<typeof costs>);
    // 1,000,000 a minute: 16,667 a second, of 30 ms each, on cores that are busy to 60 %.
    expect(text).toContain('| 1,000,000 | 834 | 334 | 84 | 1,440,000,000 | 500 MB/s | 28.8 TB | 140 TB |');
    expect(text).toContain('| 60 | 1 | 1 | 1 | 86,400 | 30 kB/s | 1.73 GB | 8.38 GB |');
    expect(text).toContain('used up at about 192 thousand purchases a minute'); // 64 × 50 a second × 60
  });

  it('is not told where something was never measured', () => {
    expect(unitCostsOf(results.slice(1))).toBeUndefined();
    const costs = unitCostsOf(results.slice(0, 1));
    expect(capacityOf(costs as NonNullable<typeof costs>)).toContain('| 60 | 1 | 1 | 1 | 86,400 | – | – | – |');
  });

  it('of the runs that are kept is what docs/scaling.md says, with the SQL that the tables are distributed by', () => {
    const document = readFileSync(join(import.meta.dirname, '../../docs/scaling.md'), 'utf8');
    const kept = unitCostsOf(['purchase', 'footprint'].flatMap((name) => latest(name) ?? []));
    if (kept) expect(withFigures(document, capacityOf(kept))).toBe(document);
    expect(document).toContain(distributionSql().join('\n'));
  });
});

const of = (name: string, value: number, target?: Figure['target']): Figure =>
  figureOf([value], { name, unit: '×', behind: 'why', ...(target && { target }) });

const resultOf = (figures: readonly Figure[], at = 'today'): Result => ({
  bench: 'b',
  at,
  commit: '',
  machine: {} as Machine,
  load: [0, 0],
  seconds: 0,
  figures,
});
