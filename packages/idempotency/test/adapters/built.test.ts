// What is published, as it is published: JavaScript, on this Node and on every other that is on the PATH.
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

/** One executable per major version. */
async function everyNode(): Promise<Map<string, string>> {
  const found = new Map([[majorOf(process.version), process.execPath]]);
  for (const folder of new Set((process.env['PATH'] ?? '').split(delimiter))) {
    const node = join(folder, 'node');
    const version = await run(node, ['--version']).then(
      ({ stdout }) => majorOf(stdout),
      () => undefined, // there is none in this folder
    );
    if (version !== undefined && !found.has(version)) found.set(version, node);
  }
  return found;
}
const majorOf = (version: string): string => version.trim().replace(/^v(\d+).*/, '$1');

test.each([...(await everyNode())].filter(([major]) => Number(major) >= 20))(
  'on Node %s a plain loop runs the contract over what is built',
  async (major, node) => {
    const { url } = await testDatabase('library');
    const plain = fileURLToPath(new URL('plain.mjs', import.meta.url));
    const { stdout } = await run(node, [plain, built, url]);
    expect(stdout).toMatch(new RegExp(`^v${major}\\..*: 50 cases`));
  },
  120_000,
);
