import { expect, it } from 'vitest';
import { countPlaywright, countVitest, summaryOf } from './runners.ts';

it('ends with a line that a CI can read, with the skipped ones apart', () => {
  expect(summaryOf({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  expect(summaryOf({ passed: 3, failed: 2, skipped: 1 })).toBe('3 passed, 2 failed, 1 skipped');
});

it('counts a test that passed only when it was run again as failed', () => {
  const stats = { expected: 5, unexpected: 1, flaky: 2, skipped: 4, startTime: 'x', duration: 1 };
  expect(countPlaywright({ stats })).toEqual({ passed: 5, failed: 3, skipped: 4 });
});

it('counts what is still to be written as skipped', () => {
  const report = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 1, numTodoTests: 2 };
  expect(countVitest(report)).toEqual({ passed: 7, failed: 0, skipped: 3 });
});

it('does not read a report that it does not know as no failures', () => {
  expect(() => countVitest({})).toThrow(TypeError);
  expect(() => countPlaywright({ suites: [] })).toThrow(TypeError);
});
