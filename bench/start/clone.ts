import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
// @boundaries-ignore the way the shop is started belongs to no package
import { freePorts } from '../../scripts/free-ports.ts';
// @boundaries-ignore as above
import { startProcess, type TiedProcess } from '../../scripts/process.ts';
// @boundaries-ignore as above
import { ROOT } from '../../scripts/settings.ts';
import { BenchError } from '../errors.ts';

/** The last commit, as somebody else gets it. Each way of serving it resolves with the milliseconds that it took. */
export interface Clone {
  cloneAndServe(options?: { readonly emptyStore?: boolean }): Promise<number>;
  /** Stops it, and starts it again. */
  serve(): Promise<number>;
  stop(): Promise<void>;
}

const TOO_LONG_MS = 600_000;

export async function cloneInto(folder: string): Promise<Clone> {
  const checkout = join(folder, 'once');
  const dataDir = join(folder, 'data');
  const [web, provider, control, worker] = (await freePorts(4)).map(String);
  const env: NodeJS.ProcessEnv = {
    ...withoutOurs(process.env),
    // Ours would answer for its own.
    PATH: withoutOurBins(process.env['PATH'] ?? ''),
    ...{ PORT: web, PROVIDER_PORT: provider, PROVIDER_CONTROL_PORT: control, WORKER_PORT: worker, DATA_DIR: dataDir },
  };
  const logFile = join(folder, 'start.log');
  let running: TiedProcess | undefined;

  const stop = async () => {
    const script = scriptOn(dataDir);
    // Itself, as Ctrl-C would: what stands between it and us (npx, pnpm, sh) does not pass everything on.
    if (script !== undefined) process.kill(script, 'SIGTERM');
    await (script === undefined ? running?.kill() : running?.exited);
    running = undefined;
  };
  const serve = async (begun?: number, more: NodeJS.ProcessEnv = {}) => {
    await stop();
    rmSync(logFile, { force: true });
    const from = begun ?? performance.now();
    const argv = ['npx', '-y', 'pnpm@12', 'start'];
    running = startProcess({ argv, cwd: checkout, env: { ...env, ...more }, logFile });
    await readPage(`${await addressIn(logFile, running)}/`);
    return performance.now() - from;
  };
  return {
    cloneAndServe: async ({ emptyStore = false } = {}) => {
      const begun = performance.now();
      const { code } = await startProcess({ argv: ['git', 'clone', '--quiet', ROOT, checkout], cwd: folder, env })
        .exited;
      if (code !== 0) throw new BenchError('NOT_SERVED', `git clone ended with ${code}`);
      return await serve(begun, emptyStore ? emptyStores(folder) : {});
    },
    serve: () => serve(),
    stop,
  };
}

/** What `pnpm start` says at last; by number, since not every machine knows that name. */
async function addressIn(logFile: string, started: TiedProcess): Promise<string> {
  const said = () => readFileSync(logFile, 'utf8');
  for (const deadline = performance.now() + TOO_LONG_MS; performance.now() < deadline; await sleep(10)) {
    const address = /^http:\/\/localhost:\d+$/m.exec(said())?.[0];
    if (address !== undefined) return address.replace('localhost', '127.0.0.1');
    if (started.exit() !== undefined) break;
  }
  throw new BenchError('NOT_SERVED', `pnpm start came to no page; last it said: ${said().trim().split('\n').at(-1)}`);
}

async function readPage(url: string): Promise<void> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok || !text.includes('Lee Shore')) throw new BenchError('NOT_SERVED', `${url}: ${response.status}`);
}

/** The process of `scripts/start.ts` of that shop. */
function scriptOn(dataDir: string): number | undefined {
  return readdirSync('/proc')
    .map(Number)
    .find((pid) => {
      if (!Number.isInteger(pid)) return false;
      try {
        const [, script] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        if (script !== 'scripts/start.ts') return false;
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`DATA_DIR=${dataDir}`);
      } catch {
        return false; // it has just ended
      }
    });
}

/** Everything that anything was ever downloaded to. */
function emptyStores(folder: string): NodeJS.ProcessEnv {
  return {
    npm_config_cache: join(folder, 'npm'),
    pnpm_config_store_dir: join(folder, 'store'),
    pnpm_config_cache_dir: join(folder, 'pnpm'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
}

/** Without our database, and without what the pnpm that runs us has told itself: not to install, for one. */
const withoutOurs = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^(DATABASE_URL$|p?npm_)/i.test(name)));

const withoutOurBins = (path: string): string =>
  path
    .split(':')
    .filter((part) => !part.includes('node_modules'))
    .join(':');
