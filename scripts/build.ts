import { join } from 'node:path';
import { StackError } from './errors.ts';
import { startProcess } from './process.ts';
import { ROOT } from './settings.ts';

/** None of the tools that we run may call home. */
export const QUIET = { NEXT_TELEMETRY_DISABLED: '1', TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' } as const;

export const turbo = join(ROOT, 'node_modules/.bin/turbo');

/**
 * Builds the web app, or finds it built: turbo keeps what came of the same sources.
 *
 * @throws {StackError} `BUILD_FAILED`, `STOPPED`
 */
export async function buildWeb({ logFile, signal }: { logFile: string; signal: AbortSignal }): Promise<void> {
  const build = startProcess({
    argv: [turbo, 'run', 'build', '--filter=@once/web', '--output-logs=new-only'],
    cwd: ROOT,
    env: { ...process.env, ...QUIET, NODE_ENV: 'production' },
    logFile,
  });
  const stop = () => void build.stop(5_000);
  signal.addEventListener('abort', stop, { once: true });
  const { code } = await build.exited;
  signal.removeEventListener('abort', stop);
  if (signal.aborted) throw new StackError('STOPPED', 'Stopped while the shop was being built.');
  if (code !== 0) throw new StackError('BUILD_FAILED', `The shop could not be built; why is at the end of ${logFile}`);
}
