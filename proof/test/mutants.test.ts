import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Mutant } from '../mutants/mutant.ts';
import { MUTANTS } from '../mutants/mutants.ts';
import { trial, type Verdict } from '../mutants/trial.ts';
import { patched, ROOT, WorkCopy } from '../mutants/work-copy.ts';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

describe('the mutants', () => {
  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    '%s: its patch applies to the source of today, and the test that must kill it is there',
    (_, { changes, killer }) => {
      const before = new Map(changes.map(({ file }) => [file, read(file)]));
      const after = patched(before, changes);
      for (const [file, text] of before) expect(after.get(file)).not.toBe(text);
      expect(read(killer.file)).toContain(killer.title);
    },
  );

  it('are many, and each has a name of its own', () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(50);
  });
});

describe('a trial', () => {
  let copy: WorkCopy;
  beforeAll(() => {
    copy = new WorkCopy();
  });
  afterAll(() => copy.close());

  const noFence = MUTANTS.find(({ name }) => name === 'no fence') as Mutant;
  const STATE = 'packages/idempotency/src/state.ts';
  const toBe: readonly (readonly [Verdict['kind'], string, Mutant['changes']])[] = [
    ['killed', 'takes a protection away', noFence.changes],
    [
      'survived',
      'changes nothing',
      [{ file: STATE, from: "return { kind: 'gone' };", to: "return { kind: 'gone' } ;" }],
    ],
    ['broken', 'is no program', [{ file: STATE, from: "return { kind: 'gone' };", to: "return { kind: 'nobody' };" }]],
  ];
  it.each(toBe)(
    '%s: a patch that %s',
    async (kind, _, changes) => {
      expect(await trial(copy, { ...noFence, changes })).toMatchObject({ kind });
      for (const { file } of changes) expect(readFileSync(join(copy.root, file), 'utf8')).toBe(read(file));
    },
    300_000,
  );
});
