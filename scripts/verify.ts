// `pnpm verify`: what must be true before anything is merged. Stops at the first step that fails.
import { join } from 'node:path';
import { QUIET, turbo } from './build.ts';
import { startProcess } from './process.ts';
import { type Counts, runTests, summaryOf } from './runners.ts';
import { ROOT } from './settings.ts';

const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);

// turbo starts pnpm, which would install again; a check must change nothing.
const env = { ...process.env, ...QUIET, pnpm_config_verify_deps_before_run: 'false', ...plain() };

const STEPS: readonly (readonly [name: string, ...commands: readonly (readonly string[])[]])[] = [
  ['format', [bin('biome'), 'ci', '.', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`]],
  ['lint', [bin('oxlint')]],
  ['types', [turbo, 'run', 'typecheck', '--output-logs=errors-only'], [bin('tsc'), '-p', '.']],
  ['boundaries', [turbo, 'boundaries']],
  ['unused', [bin('knip')]],
  ['audit', [process.execPath, 'scripts/audit.ts']],
];

const counts = await verify();
console.log(`\n${summaryOf(counts)}`);
process.exit(counts.failed === 0 ? 0 : 1);

async function verify(): Promise<Counts> {
  for (const [name, ...commands] of STEPS) {
    const ok = await timed(name, async () => {
      for (const argv of commands) {
        const { code } = await startProcess({ argv, cwd: ROOT, env }).exited;
        if (code !== 0) return false;
      }
      return true;
    });
    if (!ok) return { passed: 0, failed: 1, skipped: 0 };
  }
  let tests: Counts = { passed: 0, failed: 1, skipped: 0 };
  await timed('tests', async () => {
    tests = await runTests();
    return tests.failed === 0;
  });
  return tests;
}

async function timed(name: string, step: () => Promise<boolean>): Promise<boolean> {
  const begun = performance.now();
  console.log(`\n── ${name}`);
  const ok = await step();
  console.log(`── ${name} ${ok ? 'passed' : 'FAILED'} after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return ok;
}

/** A log file is read without a terminal. */
function plain(): NodeJS.ProcessEnv {
  return process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: '0' };
}
