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
  /** It is no program, or came to no test, or the test was not done in time: that proves nothing. */
  | { readonly kind: 'broken'; readonly said: string };

export interface Tried {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
}

const TIMEOUT_MS = 600_000;

export async function trial(copy: WorkCopy, { changes, killer }: Mutant): Promise<Verdict> {
  return await copy.with(changes, async () => {
    // What does not compile would fail any test.
    const [ran, ...wrong] = await Promise.all([run(copy, [killer]), ...packagesOf(changes).map(typeError(copy))]);
    const error = wrong.find((line) => line !== undefined);
    return error === undefined ? verdictOf(ran, killer) : { kind: 'broken', said: error };
  });
}

/** Without a patch every one of these tests passes, else a failure would mean nothing. @returns those that do not */
export async function failing(copy: WorkCopy, killers: readonly Killer[]): Promise<Killer[]> {
  const ran = await run(copy, killers);
  if (typeof ran === 'string') throw new ProofError('TOOL_FAILED', `vitest has written no report: ${ran}`);
  return killers.filter((killer) => {
    const tests = testsOf(ran, killer);
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

/** What says that a test did not find anything, but could not go on. */
const NO_FINDING = /^(ReferenceError|SyntaxError|TypeError)|^Error: (Test|Hook) timed out/;

function verdictOf(ran: Report | string, killer: Killer): Verdict {
  if (typeof ran === 'string') return { kind: 'broken', said: ran };
  const tests = testsOf(ran, killer);
  const failed = tests.filter(({ status }) => status === 'failed').map((one) => one.failureMessages[0] ?? '');
  const said = failed.find((message) => !NO_FINDING.test(message)) ?? failed[0];
  if (said !== undefined) return { kind: NO_FINDING.test(said) ? 'broken' : 'killed', said: firstLine(said) };
  if (tests.some(({ status }) => status === 'passed')) return { kind: 'survived' };
  return { kind: 'broken', said: firstLine(ran.testResults[0]?.message ?? 'there is no such test') };
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

function testsOf({ testResults }: Report, killer: Killer) {
  const pattern = new RegExp(patternOf(killer));
  return testResults
    .filter(({ name }) => name.endsWith(killer.file))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName }) => pattern.test(fullName));
}

/** @returns vitest's report, or what it said where it has written none */
async function run(copy: WorkCopy, killers: readonly Killer[]): Promise<Report | string> {
  const output = join(copy.root, 'mutants.json');
  rmSync(output, { force: true });
  const files = new Set(killers.map(({ file }) => file));
  const said = await node(copy, [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...files,
    ...['-t', killers.map(patternOf).join('|'), '--reporter=json', `--outputFile=${output}`],
    ...(killers.length === 1 ? ['--bail=1'] : []),
  ]);
  try {
    return JSON.parse(readFileSync(output, 'utf8')) as Report;
  } catch {
    return said.slice(-2_000);
  }
}

/** What a mutant leaves behind unused is a program all the same. */
const UNUSED_IS_FINE = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];

/** Next writes some of its types itself. */
const WEB = 'apps/web';

const packagesOf = (changes: Mutant['changes']): string[] => [
  ...new Set(changes.map(({ file }) => file.split('/').slice(0, 2).join('/'))),
];

const typeError =
  (copy: WorkCopy) =>
  async (folder: string): Promise<string | undefined> => {
    if (folder === WEB) await node(copy, [`${WEB}/node_modules/next/dist/bin/next`, 'typegen', WEB]);
    const said = await node(copy, ['node_modules/typescript/bin/tsc', '-p', folder, ...UNUSED_IS_FINE]);
    return said.split('\n').find((line) => line.includes('error TS'));
  };

/** The run inside uses the Postgres of this one, and makes its own databases there. */
async function node(copy: WorkCopy, args: readonly string[]): Promise<string> {
  const { TEST_POSTGRES_URL: server, TEST_POSTGRES_RUN: _run, VITEST: _vitest, ...env } = process.env;
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      [...args],
      {
        cwd: copy.root,
        env: { ...env, TEST_DATABASE_URL: server },
        timeout: TIMEOUT_MS,
        maxBuffer: 64 * 1024 * 1024,
      },
      (_failed, stdout, stderr) => resolve(`${stdout}${stderr}`),
    );
  });
}
