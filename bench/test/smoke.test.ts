import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Scale } from '../bench.ts';
import { BENCHES } from '../benches.ts';
import type { Machine } from '../report/machine.ts';
import type { Result } from '../report/results.ts';
import { tableOf } from '../report/table.ts';

/** Enough to come by every line. What comes out says nothing of how fast anything is. */
const LITTLE: Scale = {
  rounds: 2,
  sliceMs: 1,
  warmUpMs: 1,
  settledKeys: 20,
  abandonedRows: 50,
  expiredRows: 50,
  largeTableRows: 50,
  growth: { few: 20, many: 40, most: 60 },
  growthBatch: 5,
  walTransactions: 2,
  purchases: [2, 4],
  purchaseSliceMs: 1,
  footprints: 2,
  churnMs: 400,
  idleMs: 100,
  fleets: [1, 2],
  poolSizes: [1, 2],
  duplicates: 20,
  rivals: 4,
  starts: 1,
};

/** They install and build a clone of the last commit. That `pnpm start` serves a page is tested in scripts/. */
const WHOLE_STARTS = ['start', 'start-empty'];
/** More processes of the shop than a test may start, and what another bench does, longer. */
const LEFT_OUT = [...WHOLE_STARTS, 'hot', 'instances', 'idle', 'footprint', 'growth-10m', 'beside-expiry-1m'];

describe('pnpm bench', { timeout: 300_000 }, () => {
  it.for(BENCHES.filter(({ name }) => !LEFT_OUT.includes(name)))(
    '$name runs, and comes to figures with a spread',
    async (bench) => {
      const figures = await bench.run(LITTLE);
      expect(figures).not.toEqual([]);
      for (const { low, median, high, rounds } of figures) {
        expect([low, median, high].every(Number.isFinite)).toBe(true);
        expect([low, median, high]).toEqual([low, median, high].toSorted((a, b) => a - b));
        expect(rounds).toBeGreaterThanOrEqual(1);
      }
      const result: Result = {
        bench: bench.name,
        at: '',
        commit: '',
        machine: {} as Machine,
        load: [0, 0],
        seconds: 0,
        figures,
      };
      const rows = tableOf([result], () => result)
        .split('\n')
        .slice(2);
      expect(rows.map((row) => row.split(' | ').length)).toEqual(figures.map(() => 6));
      expect(rows.map((row) => row.split(' | ')[0]?.slice(2))).toEqual(figures.map(({ name }) => name));
    },
  );

  it('measures nothing under a name that it does not know, and says which it knows', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, '../run.ts'), 'replay', 'reply'],
      {
        encoding: 'utf8',
      },
    );
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/no bench named reply, only: transaction, /);
  });
});
