// `pnpm --filter @once/proof whole-shop <name> [name …]`: makes these mistakes in this work tree, builds the shop with them,
// runs the tests that must notice, and takes the mistakes back. Several at a time where they do not meet: a build is slow.
// `--only frozen --only 'web killed'`: only the tests with one of these in the name of their file or their title.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, stripVTControlCharacters } from 'node:util';
// @boundaries-ignore one way to say what went wrong
import { explain } from '../../../scripts/errors.ts';
import { ProofError } from '../../errors.ts';
import { patternOf } from '../mutant.ts';
import { patched, ROOT } from '../work-copy.ts';
import type { EndToEnd, WholeShopMutant } from './mutant.ts';
import { WHOLE_SHOP_MUTANTS } from './mutants.ts';

const E2E = join(ROOT, 'e2e');
/** Not `skipped`, nor `interrupted`: those say nothing. */
const HAS_RUN = ['passed', 'failed', 'timedOut'];
const RESULTS = join(E2E, 'test-results/results.json');

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string', multiple: true, default: [''] } },
  });
  if (!tryAll(chosen(positionals), values.only)) process.exitCode = 1;
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

function tryAll(mutants: readonly WholeShopMutant[], only: readonly string[]): boolean {
  refuseDirty();
  const changes = mutants.flatMap((mutant) => mutant.changes);
  const before = new Map(changes.map(({ file }) => [file, readFileSync(join(ROOT, file), 'utf8')]));
  const after = patched(before, changes);
  process.once('exit', () => write(before));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  write(after);
  const tried = mutants.map((mutant) => ({
    ...mutant,
    killers: mutant.killers.filter((by) => only.some((text) => nameOf(by).includes(text))),
  }));
  const results = runTests(tried.flatMap(({ killers }) => killers));
  return tried.map((mutant) => isKilled(mutant, results)).every(Boolean);
}

function write(files: ReadonlyMap<string, string>): void {
  for (const [file, text] of files) writeFileSync(join(ROOT, file), text);
}

/** A test that has run, and what it said where it failed. */
interface Result {
  readonly spec: string;
  readonly title: string;
  readonly said: string | undefined;
}

function isKilled({ name, killers }: WholeShopMutant, results: readonly Result[]): boolean {
  const verdicts = killers.map((killer) => {
    const pattern = new RegExp(`^${patternOf(filled(killer))}$`);
    const ran = results.filter(({ spec, title }) => spec === killer.spec && pattern.test(title));
    const survivors = ran.filter(({ said }) => said === undefined);
    for (const { title, said } of ran) console.log(`${said ? '✓' : '✗ survived'} ${name}: ${title}\n    ${said ?? ''}`);
    if (ran.length === 0) console.log(`✗ did not run ${name}: ${killer.spec}: ${killer.title}`);
    return ran.length > 0 && survivors.length === 0;
  });
  return verdicts.every(Boolean);
}

function runTests(killers: readonly EndToEnd[]): Result[] {
  rmSync(RESULTS, { force: true });
  const specs = [...new Set(killers.map(({ spec }) => spec))];
  const pattern = killers.map((killer) => patternOf(filled(killer))).join('|');
  spawnSync(join(E2E, 'node_modules/.bin/playwright'), ['test', ...specs, '-g', pattern], {
    cwd: E2E,
    stdio: 'inherit',
  });
  const { suites } = readReport();
  return suites.flatMap(resultsOf);
}

interface Suite {
  readonly file: string;
  readonly suites?: readonly Suite[];
  readonly specs: readonly {
    readonly title: string;
    readonly tests: readonly {
      readonly results: readonly { readonly status: string; readonly error?: { message?: string } }[];
    }[];
  }[];
}

function resultsOf({ file, specs, suites = [] }: Suite): Result[] {
  const own = specs.flatMap(({ title, tests }) => {
    const ran = tests.flatMap(({ results }) => results).filter(({ status }) => HAS_RUN.includes(status));
    const failed = ran.find(({ status }) => status !== 'passed');
    const said = failed && (plain(failed.error?.message) || failed.status);
    return ran.length > 0 ? [{ spec: file, title, said }] : [];
  });
  return [...own, ...suites.flatMap(resultsOf)];
}

function readReport(): { readonly suites: readonly Suite[] } {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8')) as { readonly suites: readonly Suite[] };
  } catch (cause) {
    throw new ProofError('TOOL_FAILED', 'Playwright has written no report: the shop could not be built or started', {
      cause,
    });
  }
}

/** @throws {ProofError} `TREE_DIRTY`: what is taken back afterwards must be what is committed */
function refuseDirty(): void {
  const dirty = execFileSync('git', ['status', '--porcelain'], { cwd: ROOT, encoding: 'utf8' }).trim();
  if (dirty)
    throw new ProofError('TREE_DIRTY', `commit first, or use a work tree of its own: the files change.\n${dirty}`);
}

/** @throws {ProofError} `OPTION_INVALID` */
function chosen(names: readonly string[]): WholeShopMutant[] {
  const known = WHOLE_SHOP_MUTANTS.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (names.length > 0 && unknown.length === 0) return WHOLE_SHOP_MUTANTS.filter(({ name }) => names.includes(name));
  const problem = unknown.length > 0 ? `there is no “${unknown.join('”, “')}”` : 'name one or several';
  throw new ProofError('OPTION_INVALID', `${problem}:\n${known.map((name) => `  ${name}`).join('\n')}`);
}

/** As the fault matrix names it. */
function nameOf(by: EndToEnd): string {
  const { spec, title } = filled(by);
  return `${spec}: ${title}`;
}

function filled({ spec, title, values = {} }: EndToEnd): EndToEnd {
  return { spec, title: title.replace(/\$\{(\w+)\}/g, (place, name: string) => values[name] ?? place) };
}

/** The first lines of what a test said, without the colours of a terminal. */
function plain(message = ''): string {
  const lines = stripVTControlCharacters(message).split('\n');
  return lines
    .filter((line) => line.trim())
    .slice(0, 12)
    .join('\n    ');
}
