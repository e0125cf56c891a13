import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StackError } from './errors.ts';
import { isOnPath, startProcess } from './process.ts';
import { ROOT } from './settings.ts';

/** None of the tools that we run may call home. */
export const QUIET = { NEXT_TELEMETRY_DISABLED: '1', TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' } as const;

export const WEB = join(ROOT, 'apps/web');

export const nextBin = (): string =>
  join(dirname(createRequire(join(WEB, 'package.json')).resolve('next/package.json')), 'dist/bin/next');

export const turbo = join(ROOT, 'node_modules/.bin/turbo');

/**
 * Builds the web app, or finds it built: turbo keeps what came of the same sources.
 *
 * @throws {StackError} `BUILD_FAILED`, `STOPPED`
 */
export async function buildWeb({ logFile, signal }: { logFile: string; signal: AbortSignal }): Promise<void> {
  const build = startProcess({
    // turbo needs pnpm on the PATH, which who runs a test by itself may not have: the same build, only never kept.
    ...(isOnPath('pnpm')
      ? { argv: [turbo, 'run', 'build', '--filter=@once/web', '--output-logs=new-only'], cwd: ROOT }
      : { argv: [process.execPath, nextBin(), 'build'], cwd: WEB }),
    // turbo starts pnpm, which would install again, under the feet of whatever else runs.
    env: { ...process.env, ...QUIET, NODE_ENV: 'production', pnpm_config_verify_deps_before_run: 'false' },
    logFile,
  });
  const stop = () => void build.stop(5_000);
  signal.addEventListener('abort', stop, { once: true });
  const { code } = await build.exited;
  signal.removeEventListener('abort', stop);
  if (signal.aborted) throw new StackError('STOPPED', 'Stopped while the shop was being built.');
  if (code !== 0) throw new StackError('BUILD_FAILED', `The shop could not be built; why is at the end of ${logFile}`);
}
