// Stryker changes every expression of the library's core, one at a time; the library's own tests must notice. It runs in a
// copy of the work tree, on a real Postgres, and for each change only the tests that come by it.
import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startTestPostgres } from '@once/local-postgres/testing';
import { ProofError } from '../errors.ts';
import { WorkCopy } from '../mutants/work-copy.ts';
import type { Part } from '../part.ts';
import { killedOf, type Report, SCORE, scoreOf, survivorsOf, tableOf } from './report.ts';

const SOURCE = 'packages/idempotency/src';
/** What an application brings has tests of its own, against what it brings: adapters, HTTP, tRPC, React, a tracer. */
const NOT_CORE = /\/(http.*|express|fastify|trpc|react.*|otel|testing|migrations)\.ts$/;

export const mutate: Part = {
  name: 'mutate',
  what: 'every expression of the library’s core changed, one at a time, in a copy of the source; its tests must notice',
  async run(args) {
    const { only, threads } = read(args);
    const copy = new WorkCopy();
    const server = await startTestPostgres();
    try {
      const files = globSync(`${SOURCE}/*.ts`, { cwd: copy.root }).filter((file) => !NOT_CORE.test(file));
      const chosen = files.filter((file) => only.some((name) => file.includes(name))).sort();
      if (chosen.length === 0)
        throw new ProofError('OPTION_INVALID', `no file of the core is named ${only.join(', ')}`);
      const startedAt = performance.now();
      const report = await stryker(copy, chosen, threads, server.adminUrl);
      for (const survivor of survivorsOf(report)) console.log(survivor);
      console.log(`\n${tableOf(report)}\n`);
      const seconds = Math.round((performance.now() - startedAt) / 1_000);
      const { killed, of } = killedOf(report);
      console.log(`${killed} of ${of} killed: ${scoreOf({ killed, of }).toFixed(1)} % in ${seconds} s`);
      return scoreOf({ killed, of }) >= SCORE;
    } finally {
      await server.stop();
      copy.close();
    }
  },
};

function read(args: readonly string[]): { readonly only: readonly string[]; readonly threads: number } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [''] },
      threads: { type: 'string', default: '2' },
    },
  });
  const threads = Number(values.threads);
  if (!Number.isInteger(threads) || threads < 1) throw new ProofError('OPTION_INVALID', '--threads is a number from 1');
  return { only: values.only, threads };
}

async function stryker(
  copy: WorkCopy,
  mutated: readonly string[],
  concurrency: number,
  adminUrl: string,
): Promise<Report> {
  const fileName = join(copy.root, 'mutation.json');
  const config = {
    mutate: mutated,
    inPlace: true, // the copy is the sandbox
    plugins: [fileURLToPath(import.meta.resolve('@stryker-mutator/vitest-runner'))],
    testRunner: 'vitest',
    vitest: { configFile: 'proof/mutate/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    concurrency,
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName },
    timeoutMS: 15_000,
    dryRunTimeoutMinutes: 15,
    allowConsoleColors: false,
  };
  writeFileSync(join(copy.root, 'stryker.config.json'), JSON.stringify(config));
  const program = fileURLToPath(new URL('../../bin/stryker.js', import.meta.resolve('@stryker-mutator/core')));
  const env = { ...process.env, TEST_DATABASE_URL: adminUrl };
  const stdio: StdioOptions = ['ignore', process.stderr, process.stderr];
  const child = spawn(process.execPath, [program, 'run', 'stryker.config.json'], { cwd: copy.root, env, stdio });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new ProofError('TOOL_FAILED', 'Stryker has not come to its end; what it said is above');
  return JSON.parse(readFileSync(fileName, 'utf8')) as Report;
}
