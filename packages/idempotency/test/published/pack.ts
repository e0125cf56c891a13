// The library as it is published: compiled, packed by pnpm, unpacked into an application that has nothing else of ours.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('../../', import.meta.url));

/** @returns the path of the tarball. What `pnpm pack` makes, but for what names this workspace or its tools. */
export async function pack(into: string): Promise<string> {
  const folder = await mkdtemp(join(into, 'pack-'));
  const binary = join(here, 'node_modules/.bin/tsc');
  await run(binary, ['-p', join(here, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')]);
  for (const name of ['README.md', 'LICENSE', 'sql'])
    await cp(join(here, name), join(folder, name), { recursive: true });
  // The ones name packages that only the workspace can resolve, the others would compile there once more.
  const {
    devDependencies: _,
    scripts: __,
    ...manifest
  } = JSON.parse(await readFile(join(here, 'package.json'), 'utf8')) as { devDependencies: object; scripts: object };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  await run('npx', ['-y', 'pnpm@12', 'pack'], { cwd: folder });
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new RangeError('pnpm packed nothing');
  return join(folder, tarball);
}

/** An application with the library out of a tarball, and other packages as they are installed here. */
export async function applicationWith(tarball: string, others: readonly string[], into: string): Promise<string> {
  const folder = await mkdtemp(join(into, 'application-'));
  const library = join(folder, 'node_modules/@once/idempotency');
  await mkdir(library, { recursive: true });
  await run('tar', ['xzf', tarball, '-C', library, '--strip-components=1']);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of others) {
    await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
    await symlink(await installed(name), join(folder, 'node_modules', name));
  }
  return folder;
}

async function installed(name: string): Promise<string> {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const path of paths) {
    const folder = join(path, name);
    if (await readFile(join(folder, 'package.json')).catch(() => undefined)) return folder;
  }
  throw new RangeError(`${name} is not installed`);
}

export async function temporaryFolder(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'once-published-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
