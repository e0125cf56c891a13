import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWeb, QUIET } from './build.ts';
import { startProcess } from './process.ts';
import { ROOT } from './settings.ts';

/** How many tests there were, by how they ended. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Unit and integration tests, then the browser's: each run's output as it comes. Both run, whatever the first one says. */
export async function runTests(): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'once-report-'));
  try {
    if (!(await isBuilt(join(folder, 'build.log')))) return { passed: 0, failed: 1, skipped: 0 };
    const vitest = await run(VITEST, join(folder, 'vitest.json'), countVitest);
    const playwright = await run(PLAYWRIGHT, join(folder, 'playwright.json'), countPlaywright);
    return {
      passed: vitest.passed + playwright.passed,
      failed: vitest.failed + playwright.failed,
      skipped: vitest.skipped + playwright.skipped,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Once and alone: both runs then find the shop built, and no build competes with the tests beside it. */
async function isBuilt(logFile: string): Promise<boolean> {
  try {
    await buildWeb({ logFile, signal: new AbortController().signal });
    return true;
  } catch (error) {
    console.error(readFileSync(logFile, 'utf8'));
    console.error(error);
    return false;
  }
}

/** The line that a person and a CI read: the last one of a run. */
export function summaryOf({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

interface Runner {
  readonly cwd: string;
  readonly argv: (report: string) => string[];
  readonly env: (report: string) => NodeJS.ProcessEnv;
}

const bin = (folder: string, name: string) => join(ROOT, folder, 'node_modules/.bin', name);

const VITEST: Runner = {
  cwd: ROOT,
  argv: (report) => [bin('.', 'vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  env: () => ({}),
};

const PLAYWRIGHT: Runner = {
  cwd: join(ROOT, 'e2e'),
  argv: () => [bin('e2e', 'playwright'), 'test', '--reporter=list,json'],
  env: (report) => ({ PLAYWRIGHT_JSON_OUTPUT_FILE: report }),
};

async function run(runner: Runner, report: string, count: (report: unknown) => Counts): Promise<Counts> {
  const env = { ...process.env, ...QUIET, ...runner.env(report) };
  const { code } = await startProcess({ argv: runner.argv(report), cwd: runner.cwd, env }).exited;
  const counts = readCounts(report, count);
  // A run that failed without a failed test (a file that does not load, an error between tests) must not look green.
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function readCounts(report: string, count: (report: unknown) => Counts): Counts {
  try {
    return count(JSON.parse(readFileSync(report, 'utf8')));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }; // it ended before it could report
  }
}

/** @see https://vitest.dev/guide/reporters#json-reporter */
export function countVitest(report: unknown): Counts {
  const number = numbersIn(report);
  return {
    passed: number('numPassedTests'),
    failed: number('numFailedTests'),
    skipped: number('numPendingTests') + number('numTodoTests'),
  };
}

/** A flaky test passed only when it was run again: that is a failure here. */
export function countPlaywright(report: unknown): Counts {
  const stats = typeof report === 'object' && report !== null && 'stats' in report ? report.stats : undefined;
  const number = numbersIn(stats);
  return { passed: number('expected'), failed: number('unexpected') + number('flaky'), skipped: number('skipped') };
}

/** @throws when a number is missing: a reporter that changed must not be read as nothing */
function numbersIn(report: unknown): (name: string) => number {
  const fields = new Map(Object.entries(report ?? {}));
  return (name) => {
    const value: unknown = fields.get(name);
    if (typeof value !== 'number') throw new TypeError(`the report has no ${name}`);
    return value;
  };
}
