// What comes from npm: only the packages that are named may run something when they are installed, and all may be used.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './settings.ts';

const FREE =
  /^(MIT|MIT-0|ISC|0BSD|BlueOak-1\.0\.0|Apache-2\.0|BSD-[23]-Clause|CC0-1\.0|CC-BY-4\.0|MPL-2\.0|Unlicense|Python-2\.0|PostgreSQL|OFL-1\.1|LGPL-3\.0-or-later)$/;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type: string };
  readonly scripts?: Readonly<Record<string, string>>;
}

const manifests = installed();

it('every package that would run something when it is installed is named in allowBuilds', () => {
  const workspace = readFileSync(join(ROOT, 'pnpm-workspace.yaml'), 'utf8');
  const [, block = ''] = /^allowBuilds:\n((?: {2}.*\n)*)/m.exec(workspace) ?? [];
  const named = [...block.matchAll(/^ {2}"?([^":\n]+)"?: (?:true|false)/gm)].map(([, name]) => name);
  const running = manifests.filter(
    ({ scripts = {} }) => scripts['preinstall'] ?? scripts['install'] ?? scripts['postinstall'],
  );
  expect(running.length, 'there are some, so the look into the store works').toBeGreaterThan(0);
  expect(running.map(({ name }) => name).filter((name) => !named.includes(name))).toEqual([]);
});

it('every package has a licence that lets a shop be run with it', () => {
  expect(manifests.length).toBeGreaterThan(200);
  const others = manifests.filter((manifest) => !isFree(licenceOf(manifest)));
  expect(others.map((manifest) => `${manifest.name}@${manifest.version}: ${licenceOf(manifest)}`)).toEqual([]);
});

it('every package is locked to its bytes', () => {
  const lock = readFileSync(join(ROOT, 'pnpm-lock.yaml'), 'utf8');
  const [, packages = ''] = /\npackages:\n([\s\S]*?)\nsnapshots:\n/.exec(lock) ?? [];
  const entries = packages.split(/\n(?= {2}\S)/).filter((entry) => entry.trim() !== '');
  expect(entries.length).toBeGreaterThan(200);
  expect(entries.filter((entry) => !/resolution: \{integrity: sha512-/.test(entry))).toEqual([]);
});

const licenceOf = ({ license }: Manifest): string =>
  (typeof license === 'object' ? license.type : license) ?? 'none that it names';

/** `(MIT OR GPL-2.0)`: one of them; `MIT AND OFL-1.1`: each of them. */
const isFree = (licence: string): boolean =>
  licence
    .replace(/[()]/g, '')
    .split(/ OR /)
    .some((choice) => choice.split(/ AND /).every((one) => FREE.test(one.trim())));

function installed(): Manifest[] {
  const store = join(ROOT, 'node_modules/.pnpm');
  const found = new Map<string, Manifest>();
  for (const place of readdirSync(store)) {
    const folder = join(store, place, 'node_modules');
    for (const name of place === 'node_modules' ? [] : packagesIn(folder)) {
      const manifest = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as Manifest;
      found.set(`${manifest.name}@${manifest.version}`, manifest);
    }
  }
  return [...found.values()];
}

/** The one that the place is for is a folder; what it depends on is a link. */
function packagesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return entries.flatMap(({ name }) =>
      name.startsWith('@')
        ? readdirSync(join(folder, name), { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map((entry) => `${name}/${entry.name}`)
        : name === '.bin'
          ? []
          : [name],
    );
  } catch {
    return []; // a file beside the packages
  }
}
