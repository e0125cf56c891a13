import { execFile } from 'node:child_process';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { testDatabase } from '@once/local-postgres/testing';
import { build } from 'esbuild';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applicationWith, pack, temporaryFolder } from './pack.ts';

const run = promisify(execFile);
const RELEASED = fileURLToPath(new URL('once-idempotency-0.1.0.tgz', import.meta.url));

const { path: folder, remove } = await temporaryFolder();
let tarball = '';
let application = '';
let library = '';
let manifest: { exports: Record<string, { types: string; default: string }>; [name: string]: unknown };

beforeAll(async () => {
  tarball = await pack(folder);
  application = await applicationWith(tarball, ['postgres'], folder);
  library = join(application, 'node_modules/@once/idempotency');
  manifest = JSON.parse(await readFile(join(library, 'package.json'), 'utf8'));
}, 120_000);
afterAll(remove);

test('it holds what an application needs, and nothing else', async () => {
  expect((await readdir(library)).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json', 'sql']);
  expect(manifest['dependencies']).toBeUndefined();
  const peers = Object.keys((manifest['peerDependencies'] ?? {}) as object);
  const optional = Object.entries((manifest['peerDependenciesMeta'] ?? {}) as Record<string, { optional: boolean }>);
  expect(optional.filter(([, { optional: is }]) => is).map(([name]) => name)).toEqual(peers);
});

test('whoever packs it from a fresh clone gets the same: it is compiled first', async () => {
  const folderOfThePackage = fileURLToPath(new URL('../../', import.meta.url));
  await rm(join(folderOfThePackage, 'dist'), { recursive: true, force: true });
  const into = join(folder, 'by-hand');
  await run('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', into], { cwd: folderOfThePackage });
  const [name = ''] = await readdir(into);
  const filesIn = async (path: string) => (await run('tar', ['tzf', path])).stdout.split('\n').sort();
  expect(await filesIn(join(into, name))).toEqual(await filesIn(tarball));
});

test('publint has nothing to say', async () => {
  const { messages } = await publint({ pkgDir: library, strict: true });
  expect(messages).toEqual([]);
});

test('its types are right wherever ES modules are resolved', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(await readFile(tarball)));
  const problems = analysis.types === false ? ['no types'] : analysis.problems;
  // The library is ESM only: how CommonJS would find it is no problem of ours.
  const ours = problems.filter(
    (problem) =>
      typeof problem === 'string' ||
      !('resolutionKind' in problem) ||
      /^(node16-esm|bundler)$/.test(problem.resolutionKind),
  );
  expect(ours).toEqual([]);
});

describe('size, minified and gzipped', () => {
  async function kilobytes(code: string): Promise<number> {
    const { outputFiles } = await build({
      stdin: { contents: code, resolveDir: application },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      packages: 'bundle',
      external: [
        'postgres',
        'pg',
        'drizzle-orm',
        'kysely',
        '@trpc/*',
        'react',
        'express',
        'fastify',
        '@opentelemetry/*',
      ],
      write: false,
    });
    return gzipSync(outputFiles[0]?.contents ?? '').length / 1_000;
  }
  const core = "export * from '@once/idempotency';";
  // It speaks node-postgres' protocol layer itself, so that BEGIN and COMMIT cost no round trip of their own; and it listens
  // for waits for a standby that were cancelled (0.14 kB).
  const limits: Record<string, number> = { './pg': 2.4 };

  test('the core is at most 12 kB', async () => {
    expect(await kilobytes(core)).toBeLessThanOrEqual(12);
  });

  test('an adapter adds at most 2 kB', async () => {
    const adapters = Object.keys(manifest.exports).filter((entry) =>
      manifest.exports[entry]?.default.includes('/adapters/'),
    );
    expect(adapters).toContain('./postgres-js');
    const alone = await kilobytes(core);
    const sizes: Record<string, number> = {};
    for (const adapter of adapters) {
      const both = await kilobytes(`${core} export * as adapter from '${join('@once/idempotency', adapter)}';`);
      sizes[adapter] = Number((both - alone).toFixed(2));
    }
    expect(Object.entries(sizes).filter(([name, size]) => size > (limits[name] ?? 2))).toEqual([]);
  });

  test('who takes one small thing gets one small thing', async () => {
    expect(await kilobytes("export { isIdempotencyError } from '@once/idempotency';")).toBeLessThanOrEqual(0.5);
  });
});

/** This Node, the one of the release line in between, and the oldest that the library supports where the machine has it. */
const nodes = await Promise.all(
  [
    process.execPath,
    fileURLToPath(new URL('../../node_modules/node-22/bin/node', import.meta.url)),
    ...(process.env['PATH'] ?? '').split(delimiter).map((path) => join(path, 'node')),
  ].map(async (binary) => {
    const { stdout } = await run(binary, ['--version']).catch(() => ({ stdout: '' }));
    return { binary, version: stdout.trim() };
  }),
);
const each = nodes.filter(
  ({ version }, index) => version !== '' && nodes.findIndex((other) => other.version === version) === index,
);
if (!each.some(({ version }) => version.startsWith('v20.'))) {
  console.warn('SKIPPED: there is no Node 20 on this machine; the library was not tried on it');
}

describe.each(each)('on Node $version', ({ binary }) => {
  test('every entry can be imported where its peers are absent, or says which one is', async () => {
    for (const [entry, { default: file }] of Object.entries(manifest.exports)) {
      const name = join('@once/idempotency', entry);
      const imported = await run(binary, ['--input-type=module', '-e', `await import('${name}')`], { cwd: application })
        .then(() => 'imported')
        .catch((error: { stderr: string }) => /Cannot find package '([^']+)'/.exec(error.stderr)?.[1] ?? error.stderr);
      const peers = Object.keys((manifest['peerDependencies'] ?? {}) as object);
      expect(['imported', ...peers], `${entry} (${file})`).toContain(imported);
    }
  });

  test('what an older release has begun, this one finishes: once, and with the same answers', async () => {
    const { url } = await testDatabase('empty');
    const old = await applicationWith(RELEASED, ['postgres'], folder);
    for (const app of [old, application]) {
      await copyFile(new URL('shop.mjs', import.meta.url), join(app, 'shop.mjs'));
    }
    const begun = await run(binary, ['shop.mjs', url, 'begin'], { cwd: old }).catch(
      (error: { code: number; stdout: string }) => error,
    );
    expect(begun).toMatchObject({ code: 9 });
    const before = JSON.parse(begun.stdout);
    expect(before).toMatchObject({
      yes: { status: 'succeeded' },
      no: { status: 'rejected' },
      waits: { status: 'waiting' },
    });

    const { stdout } = await run(binary, ['shop.mjs', url, 'finish'], { cwd: application });
    const after = JSON.parse(stdout);
    const replayed = (outcome: object) => ({ ...outcome, replayed: true });
    const paid = (name: string) => ({
      status: 'succeeded',
      value: { order: name, key: expect.any(String) },
      replayed: true,
    });
    expect(after.applied.length, 'migrations since that release').toBeGreaterThan(0);
    expect(after.finished).toBe(2);
    expect(after.said).toEqual({
      yes: replayed(before.yes),
      no: replayed(before.no),
      paid: replayed(before.paid),
      waits: paid('waits'),
      dies: paid('dies'),
    });
    expect(after.other).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
    expect(after.written).toEqual(
      ['paid', 'waits', 'dies'].flatMap((name) => [`reserve ${name}`, `settle ${name}`]).sort(),
    );
    expect(after.charges).toBe(3);
  });

  test.each(['postgres', 'pg'])('the command runs where only %s is installed', async (driver) => {
    const { url } = await testDatabase('library');
    const own = await applicationWith(tarball, [driver], folder);
    const command = join(
      own,
      'node_modules/@once/idempotency',
      (manifest['bin'] as { 'once-idempotency': string })['once-idempotency'],
    );
    const env = { ...process.env, DATABASE_URL: url };
    const { stdout } = await run(binary, [command, 'status', '--json'], { cwd: own, env });
    expect(JSON.parse(stdout)).toEqual({ open: [], needsReview: [], expirable: 0, aboutRecords: 0 });
    const code = await run(binary, [command, 'doctor'], { cwd: own, env }).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
    expect(code, 'the server of the tests has fsync off').toBe(1);

    await writeFile(join(own, 'app.ts'), 'export const workflows: readonly unknown[] = [];');
    const words = 'resolve a s k --by me --reason why --answered 1 --app app.ts'.split(' ');
    const said = await run(binary, [command, ...words], { cwd: own, env }).catch((error: { stderr: string }) => error);
    expect(said.stderr).toMatch(/reads no TypeScript: --app with the compiled module|app\.ts exports no `once`/);
  });
});
