// A DATA_DIR that cannot be written: whatever is started on it says so in one line, ends, and has made nothing.
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { ROOT } from './settings.ts';

const PORTS = { PORT: '23020', PROVIDER_PORT: '23021', PROVIDER_CONTROL_PORT: '23022', WORKER_PORT: '23023' };

const run = promisify(execFile);
const dataDir = mkdtempSync(join(tmpdir(), 'once unwritable '));
const isRoot = process.getuid?.() === 0;
const isUnwritable = seal();

afterAll(() => {
  if (isRoot && isUnwritable) spawnSync('umount', [dataDir]);
  rmdirSync(dataDir);
});

it.skipIf(!isUnwritable).each([
  ['pnpm start', 'scripts/start.ts', /^DATA_DIR .* cannot be used: .+$/],
  ['pnpm reset', 'scripts/reset.ts', /^DATA_DIR .* cannot be used: .+$/],
  ['pnpm seed', 'scripts/seed.ts', /^Cannot make a cluster in .+: (EROFS|EACCES).+$/],
  ['the provider', 'apps/provider/src/main.ts', /^provider: DATA_DIR: the store .+ cannot be used: .+$/],
])('%s says in one line that it cannot be written, and leaves nothing behind', async (_, script, line) => {
  const { DATABASE_URL: _ours, ...inherited } = process.env;
  const env = { ...inherited, ...PORTS, DATA_DIR: dataDir, NODE_NO_WARNINGS: '1' };
  const ended = run(process.execPath, [script], { cwd: ROOT, env });
  const { code, stderr } = await ended.then(
    () => expect.unreachable('it started'),
    (error: { code: number; stderr: string }) => error,
  );
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(line)]);
  expect(readdirSync(dataDir)).toEqual([]);
});

/** Root may write whatever its mode, so that it gets a file system that nobody may write. */
function seal(): boolean {
  if (!isRoot) {
    chmodSync(dataDir, 0o555);
    return true;
  }
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', dataDir], {
    encoding: 'utf8',
  });
  if (status === 0) return true;
  console.warn(
    `SKIPPED: nothing can be mounted, so no folder is read-only for root. ${String(error ?? stderr).trim()}`,
  );
  return false;
}
