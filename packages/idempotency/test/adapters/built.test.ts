// What is published, as it is published: JavaScript, on the oldest supported Node that is on the PATH.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { testDatabase } from '@once/local-postgres/testing';
import { afterAll, expect, test } from 'vitest';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const caches = join(packageFolder, 'node_modules', '.cache'); // beneath the package, whose drivers it must find
await mkdir(caches, { recursive: true });
const built = await mkdtemp(join(caches, 'built-'));
afterAll(() => rm(built, { recursive: true }));
await writeFile(join(built, 'package.json'), '{ "type": "module" }');
const compiler = fileURLToPath(new URL('../bin/tsc', import.meta.resolve('typescript')));
await run(process.execPath, [compiler, '-p', join(packageFolder, 'tsconfig.build.json'), '--outDir', built]);

/** The oldest that is supported: the others run everything else. */
async function oldestNode(): Promise<{ major: number; node: string }> {
  let oldest = { major: majorOf(process.version), node: process.execPath };
  for (const folder of new Set((process.env['PATH'] ?? '').split(delimiter))) {
    const node = join(folder, 'node');
    const major = await run(node, ['--version']).then(
      ({ stdout }) => majorOf(stdout),
      () => 0, // there is none in this folder
    );
    if (major >= 20 && major < oldest.major) oldest = { major, node };
  }
  return oldest;
}
const majorOf = (version: string): number => Number(version.trim().replace(/^v(\d+).*/, '$1'));

const { major, node } = await oldestNode();

test(`on Node ${major} a plain loop runs the contract over what is built`, async () => {
  const { url } = await testDatabase('library');
  const plain = fileURLToPath(new URL('plain.mjs', import.meta.url));
  const { stdout } = await run(node, [plain, built, url]);
  expect(stdout).toMatch(new RegExp(`^v${major}\\..*: 50 cases`));
}, 120_000);
