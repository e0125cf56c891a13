import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Runs } from '../runs.ts';

let dataDir: string;
let runs: Runs;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'once-lab-'));
  // No sandbox at all: everybody waits.
  runs = new Runs({ port: 1, dataDir, providerUrl: '', controlUrl: '', instance: undefined }, 0);
});
afterEach(async () => {
  await runs.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const idOf = (number: number) => `run${String(number).padStart(13, 'a')}`;

it('tells whoever has to wait their place', async () => {
  expect([1, 2, 3].map((number) => runs.start(idOf(number), 'none').queue)).toEqual([1, 2, 3]);
  expect(await runs.view(idOf(2))).toMatchObject({ state: 'queued', queue: 2 });
});

it('takes a run that is begun twice for the one that it is', () => {
  runs.start(idOf(1), 'none');
  expect(runs.start(idOf(1), 'answer-lost')).toMatchObject({ scenario: 'none', queue: 1 });
  expect(runs.start(idOf(2), 'none').queue).toBe(2);
});

it('turns away whom it cannot make wait, and what it does not know', async () => {
  for (let number = 0; number < 10; number++) runs.start(idOf(number), 'none');
  expect(() => runs.start(idOf(10), 'none')).toThrow(expect.objectContaining({ code: 'TOO_MANY' }));
  expect(() => runs.start(idOf(0), 'none')).not.toThrow();
  expect(() =>
    new Runs({ port: 1, dataDir, providerUrl: '', controlUrl: '', instance: undefined }, 0).start(idOf(1), 'x'),
  ).toThrow(expect.objectContaining({ code: 'NO_SUCH_SCENARIO' }));
  await expect(runs.view(idOf(11))).rejects.toMatchObject({ code: 'NO_SUCH_RUN' });
  expect(() => runs.sandboxOf(idOf(0))).toThrow(expect.objectContaining({ code: 'NOT_READY' }));
});
