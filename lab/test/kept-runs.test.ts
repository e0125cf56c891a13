import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeptRuns } from '../kept-runs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'once-lab-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const runOf = (id: string) =>
  ({ id, scenario: 'none', state: 'ended', queue: 0, unstruck: [], shops: null, stoppedBy: [], begunAt: '' }) as const;

it('keeps the last runs, over a restart, and no more of them than it says', () => {
  const kept = new KeptRuns(folder, 3);
  for (const id of ['a', 'b', 'c', 'd', 'e']) kept.keep(runOf(id));
  expect(readdirSync(folder)).toHaveLength(3);
  expect(new KeptRuns(folder, 3).get('e')).toEqual(runOf('e'));
});

it('knows nothing of a run that it has not kept', () => {
  expect(new KeptRuns(folder).get('a')).toBeUndefined();
});
