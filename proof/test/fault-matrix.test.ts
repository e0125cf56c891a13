import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Rows that the table must have: what is between the press of Pay and the receipt. */
const ROWS = [...Array.from({ length: 16 }, (_, index) => index + 5), 25, 26, 27, 28, 29, 30, 42, 43];

/** Files whose tests are all about a fault of the table. */
const WHOLE = [
  'commit-lost',
  'crash',
  'frozen',
  'killed-everywhere',
  'late-money',
  'power-cut',
  'provider-answers',
  'provider-killed',
  'takeover-killed',
  'trouble-provider',
  'webhooks',
].map((name) => `${name}.spec.ts`);

const table = readFileSync(join(ROOT, 'docs/fault-matrix.md'), 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells.length === 6)
  .map(([, numbers = '', what, tests = '', bites]) => ({ numbers, what, tests: tests.split(' · '), bites }))
  .filter(({ tests }) => tests[0]?.includes('.spec.ts: '));

const titles = new Map(
  globSync('e2e/tests/*.spec.ts', { cwd: ROOT }).map((file) => {
    const source = readFileSync(join(ROOT, file), 'utf8');
    const found = [...source.matchAll(/\btest\(\s*(['`])([\s\S]*?)\1,/g)].map(([, , title]) => title ?? '');
    return [basename(file), found];
  }),
);

describe('the fault matrix', () => {
  it('has every row, and says of each how it was seen to bite', () => {
    const numbers = table.flatMap((row) => row.numbers.split(',').filter(Boolean).map(Number));
    expect(ROWS.filter((row) => !numbers.includes(row))).toEqual([]);
    expect(table.filter(({ bites }) => !bites)).toEqual([]);
  });

  it.each(table)('$what: its tests are there', ({ tests }) => {
    for (const test of tests) {
      const [file = '', title] = test.split(/: (.*)/);
      expect([test, titles.get(file)?.includes(title ?? '')]).toEqual([test, true]);
    }
  });

  it.each(WHOLE)('%s: each of its tests is in the table', (file) => {
    const named = table.flatMap(({ tests }) => tests);
    expect(titles.get(file)).not.toEqual([]);
    expect(titles.get(file)?.filter((title) => !named.includes(`${file}: ${title}`))).toEqual([]);
  });
});
