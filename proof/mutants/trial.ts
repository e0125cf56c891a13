// Runs the test that must kill a mutant, in the copy, and says what became of it.
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ProofError } from '../errors.ts';
import { type Killer, type Mutant, patternOf } from './mutant.ts';
import type { WorkCopy } from './work-copy.ts';

export type Verdict =
  /** The named test ran and failed. */
  | { readonly kind: 'killed'; readonly said: string }
  | { readonly kind: 'survived' }
  /** It did not come to a test, or is no program any more: that proves nothing. */
  | { readonly kind: 'broken'; readonly said: string };

const TIMEOUT_MS = 300_000;

export async function trial(copy: WorkCopy, { changes, killer }: Mutant): Promise<Verdict> {
  return await copy.with(changes, async () => {
    for (const folder of new Set(changes.map(({ file }) => packageOf(file)))) {
      const wrong = await typeErrors(copy, folder);
      if (wrong) return { kind: 'broken', said: wrong };
    }
    return verdictOf(await run(copy, [killer]), killer);
  });
}

/** Without a patch every one of these tests passes, else a failure would mean nothing. @returns those that do not */
export async function failing(copy: WorkCopy, killers: readonly Killer[]): Promise<Killer[]> {
  const report = await run(copy, killers);
  return killers.filter((killer) => {
    const tests = testsOf(report, killer);
    return tests.length === 0 || tests.some(({ status }) => status !== 'passed');
  });
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function verdictOf(report: Report, killer: Killer): Verdict {
  const tests = testsOf(report, killer);
  const failed = tests.find(({ status }) => status === 'failed');
  if (tests.length === 0 || tests.every(({ status }) => status === 'skipped')) {
    return { kind: 'broken', said: firstLine(report.testResults[0]?.message ?? 'there is no such test') };
  }
  if (!failed) return { kind: 'survived' };
  const said = firstLine(failed.failureMessages[0] ?? '');
  return /^(ReferenceError|SyntaxError)/.test(said) ? { kind: 'broken', said } : { kind: 'killed', said };
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

function testsOf({ testResults }: Report, killer: Killer) {
  const pattern = new RegExp(patternOf(killer));
  return testResults
    .filter(({ name }) => name.endsWith(killer.file))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName }) => pattern.test(fullName));
}

async function run(copy: WorkCopy, killers: readonly Killer[]): Promise<Report> {
  const output = join(copy.root, 'mutants.json');
  const names = killers.map(patternOf).join('|');
  const files = [...new Set(killers.map(({ file }) => file))];
  rmSync(output, { force: true });
  const said = await node(copy, [
    ...[
      'node_modules/vitest/vitest.mjs',
      'run',
      ...files,
      '-t',
      names,
      ...(killers.length === 1 ? ['--bail', '1'] : []),
    ],
    ...['--reporter=json', `--outputFile=${output}`],
  ]);
  try {
    return JSON.parse(readFileSync(output, 'utf8')) as Report;
  } catch (cause) {
    throw new ProofError('TOOL_FAILED', `vitest has written no report: ${said.slice(-2_000)}`, { cause });
  }
}

/** A patch must be a program: what does not compile would fail any test. */
async function typeErrors(copy: WorkCopy, folder: string): Promise<string | undefined> {
  const said = await node(copy, ['node_modules/typescript/bin/tsc', '-p', folder, '--noUnusedLocals', 'false']);
  return said.split('\n').find((line) => line.includes('error TS'));
}

const packageOf = (file: string): string => file.split('/').slice(0, 2).join('/');

/** With an environment of its own: a test that starts this has a Postgres which the inner run must not take for its own. */
async function node(copy: WorkCopy, args: readonly string[]): Promise<string> {
  const { TEST_POSTGRES_URL: _url, TEST_POSTGRES_RUN: _run, VITEST: _vitest, ...env } = process.env;
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      [...args],
      { cwd: copy.root, env, timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 },
      (_failed, stdout, stderr) => resolve(`${stdout}${stderr}`),
    );
  });
}
