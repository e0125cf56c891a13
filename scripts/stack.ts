import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { APPS, type App, type AppsOptions, commandOf, isLocal, webUrlOf } from './apps.ts';
import { buildWeb } from './build.ts';
import { lockDataDir } from './data-dir-lock.ts';
import { openShopDatabase, type ShopDatabase } from './database.ts';
import { StackError } from './errors.ts';
import { freePorts } from './free-ports.ts';
import { refuseTakenPorts } from './ports.ts';
import { startProcess, type TiedProcess } from './process.ts';
import { untilReady } from './ready.ts';
import type { Ports, Settings } from './settings.ts';

export interface StackOptions {
  /** Clusters, ledgers, mails and logs live here. One stack at a time. */
  readonly dataDir: string;
  readonly ports: Ports;
  /** With the laboratory, which runs beside the local provider only. */
  readonly lab?: boolean;
  /** Left out: a Postgres of our own in `dataDir`. */
  readonly databaseUrl?: string | undefined;
  readonly publicUrl?: string | undefined;
  /** Left out: the local provider, which is started too. */
  readonly stripe?: Settings['stripe'];
  readonly mode?: AppsOptions['mode'];
  /** False: the web app was built before. */
  readonly build?: boolean;
  /** For all three apps. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress?: (line: string) => void;
  /** An app, or a Postgres of our own, ended and nobody had asked it to. */
  readonly onDeath?: (death: {
    readonly app: App | 'postgres';
    readonly logFile: string;
    readonly how: string;
  }) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
}

/** The whole shop as real processes. */
export interface Stack {
  readonly webUrl: string;
  /** Stripe's API; undefined with Stripe itself, as is `controlUrl`. */
  readonly providerUrl: string | undefined;
  readonly controlUrl: string | undefined;
  readonly workerUrl: string;
  /** As the tables' owner. */
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** What runs now. */
  readonly processes: ReadonlyMap<App, TiedProcess>;
  /** SIGKILL: it gets no chance to tidy up. */
  kill(app: App): Promise<void>;
  /** Variables on top of those that it was started with, for every app from its next start on. */
  setEnv(env: NodeJS.ProcessEnv): void;
  /** Ends it if it runs, and starts it again, with these variables on top of the others'. Resolves when it can work. */
  restart(app: App, env?: NodeJS.ProcessEnv): Promise<void>;
  /** Web, worker, provider, Postgres, in this order. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts everything that the shop needs, on this machine, and resolves when a page can be asked for.
 *
 * @throws {StackError} and the errors of `openPostgres`, `migrate` and `seed`; nothing is left running
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = resolve(options.dataDir);
  const { ports, onProgress = () => {}, mode = 'production', publicUrl, stripe } = options;
  const hasLab = options.lab === true && isLocal({ stripe });
  const apps = APPS.filter((app) => (app !== 'provider' || isLocal({ stripe })) && (app !== 'lab' || hasLab));
  // Nobody outside asks it: any port does.
  const [labPort] = hasLab ? await freePorts(1) : [];
  await refuseTakenPorts(ports, isLocal({ stripe }) ? ['web', 'provider', 'control', 'worker'] : ['web', 'worker']);
  const lock = lockDataDir(dataDir);
  const processes = new Map<App, TiedProcess>();
  let database: ShopDatabase | undefined;
  let laterEnv: NodeJS.ProcessEnv = {};

  const stop = once(async () => {
    for (const app of APPS.toReversed()) await processes.get(app)?.stop();
    await database?.stop();
    lock.release();
  });
  const start = async (app: App, env: NodeJS.ProcessEnv = {}): Promise<void> => {
    if (!database) throw new StackError('STOPPED', 'There is no database yet.');
    const instance = randomUUID();
    const appsOptions = {
      dataDir,
      ports,
      labPort,
      mode,
      publicUrl,
      stripe,
      env: { ...options.env, ...laterEnv, ...env },
    };
    const { readyUrl, ...command } = commandOf(app, appsOptions, database, instance);
    const logFile = join(dataDir, 'logs', `${app}.log`);
    const process = startProcess({ ...command, logFile });
    processes.set(app, process);
    await untilReady({ app, process, logFile, readyUrl, instance, signal: options.signal });
    void watch(app, process, logFile);
    onProgress(STARTED[app]);
  };

  const watch = async (app: App, process: TiedProcess, logFile: string) => {
    const { code, signal } = await process.exited;
    if (!process.isEnding()) options.onDeath?.({ app, logFile, how: signal ?? `exit code ${code}` });
  };

  try {
    database = await prepare({ ...options, dataDir, onProgress }, mode);
    const logFile = join(dataDir, 'postgres.log');
    void database.died?.then((how) => options.onDeath?.({ app: 'postgres', logFile, how }));
    await start(apps[0] ?? 'web');
    await Promise.all(apps.slice(1).map((app) => start(app)));
  } catch (error) {
    await stop();
    throw error;
  }
  const url = (port: number) => `http://127.0.0.1:${port}`;
  return {
    webUrl: webUrlOf({ publicUrl, ports }),
    providerUrl: isLocal({ stripe }) ? url(ports.provider) : undefined,
    controlUrl: isLocal({ stripe }) ? url(ports.control) : undefined,
    workerUrl: url(ports.worker),
    databaseUrl: database.url,
    dataDir,
    processes,
    kill: async (app) => {
      await processes.get(app)?.kill();
    },
    setEnv: (env) => {
      laterEnv = env;
    },
    restart: async (app, env) => {
      await processes.get(app)?.stop();
      await start(app, env);
    },
    stop,
  };
}

const STARTED: Readonly<Record<App, string>> = {
  provider: 'Local payment provider started',
  lab: 'Laboratory started',
  worker: 'Worker started',
  web: 'Shop started',
};

/** The build needs both cores and no database, the database neither: side by side. If one fails, the other is ended. */
async function prepare(
  options: StackOptions & { readonly dataDir: string; readonly onProgress: (line: string) => void },
  mode: AppsOptions['mode'],
): Promise<ShopDatabase> {
  const { dataDir, databaseUrl, onProgress } = options;
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([failed.signal, options.signal]) : failed.signal;
  const isBuilt = options.build === false || mode === 'development';
  const building = isBuilt
    ? Promise.resolve()
    : buildWeb({ logFile: join(dataDir, 'logs/build.log'), signal }).then(() => onProgress('Shop built'));
  const opening = openShopDatabase({ dataDir, databaseUrl, onProgress });
  try {
    const [database] = await Promise.all([opening, building]);
    options.signal?.throwIfAborted();
    return database;
  } catch (error) {
    failed.abort();
    const [opened] = await Promise.allSettled([opening, building]);
    if (opened.status === 'fulfilled') await opened.value.stop();
    throw error;
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
