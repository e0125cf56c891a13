import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
// @boundaries-ignore the page is what the laboratory speaks to
import type { ShopName } from '../apps/web/src/lab/run.ts';
// @boundaries-ignore the way processes are started belongs to no package
import { commandOf } from '../scripts/apps.ts';
// @boundaries-ignore as above
import { freePorts } from '../scripts/free-ports.ts';
// @boundaries-ignore as above
import { startProcess, type TiedProcess } from '../scripts/process.ts';
// @boundaries-ignore as above
import { untilReady } from '../scripts/ready.ts';
// @boundaries-ignore as above
import { ROOT } from '../scripts/settings.ts';
import type { Databases, RunDatabase } from './database.ts';
import type { Env } from './env.ts';
import { LabError } from './errors.ts';
import type { Door } from './forward.ts';
import { ProviderAccount } from './provider.ts';

/** How long nobody touches what a silent process was doing: short, for whoever watches. */
const LEASE_MS = 2_000;

export interface SandboxOptions {
  readonly runId: string;
  readonly twin: boolean;
  /** A Postgres server of its own, which may be stopped. */
  readonly ownServer: boolean;
  /** The provider tells the shops of what happened. Without, a shop has to ask. */
  readonly webhooks: boolean;
}

type Part = 'shop' | 'worker' | 'naive';

/** A shop for one run: real processes on a database of their own, with an account of their own at the provider. */
export class Sandbox {
  readonly once: ProviderAccount;
  readonly naive: ProviderAccount | undefined;
  readonly sql: postgres.Sql;
  readonly database: RunDatabase;
  readonly #env: Env;
  readonly #folder: string;
  readonly #ports: Readonly<Record<Part, number>>;
  readonly #doors = new Map<string, Door>();
  readonly #processes = new Map<Part, TiedProcess>();
  readonly #secrets: Partial<Record<Part, string>> = {};

  private constructor(env: Env, { runId, twin }: SandboxOptions, database: RunDatabase, ports: Record<Part, number>) {
    this.#env = env;
    this.#folder = join(env.dataDir, 'sandboxes', runId);
    this.#ports = ports;
    this.database = database;
    this.once = new ProviderAccount(`lab_${runId}`, env);
    this.naive = twin ? new ProviderAccount(`naive_${runId}`, env) : undefined;
    this.sql = postgres(database.url, { max: 2, connect_timeout: 2, onnotice: () => {} });
  }

  /** Ready to be bought from. What it has started is gone if it fails. */
  static async open(env: Env, databases: Databases, options: SandboxOptions): Promise<Sandbox> {
    const { runId, ownServer, twin, webhooks } = options;
    const database = ownServer ? await databases.openAlone(runId) : await databases.open(runId);
    const [shop, worker, naive] = (await freePorts(3)) as [number, number, number];
    const sandbox = new Sandbox(env, options, database, { shop, worker, naive });
    try {
      mkdirSync(sandbox.#folder, { recursive: true });
      if (webhooks) {
        sandbox.#secrets.shop = await sandbox.once.sendEventsTo(`http://127.0.0.1:${shop}/webhook`);
        await sandbox.naive?.sendEventsTo(`http://127.0.0.1:${naive}/webhook`);
      }
      const parts: Part[] = twin ? ['shop', 'worker', 'naive'] : ['shop', 'worker'];
      await Promise.all(parts.map((part) => sandbox.start(part)));
      return sandbox;
    } catch (error) {
      await sandbox.close();
      throw error;
    }
  }

  /** @throws {LabError} `NO_SUCH_RUN` where the run has no such shop */
  doorOf(shop: ShopName, who: string): Door {
    if (shop === 'naive' && !this.naive) throw new LabError('NO_SUCH_RUN', 'there is no naive shop in this run');
    const name = `${shop} ${who}`;
    const door = this.#doors.get(name) ?? { port: shop === 'once' ? this.#ports.shop : this.#ports.naive, cookie: '' };
    this.#doors.set(name, door);
    return door;
  }

  /** Two tabs of one guest, instead of two guests. */
  shareGuest(): void {
    this.#doors.set('once B', this.doorOf('once', 'A'));
  }

  async start(part: Part): Promise<void> {
    const instance = randomUUID();
    const logFile = join(this.#folder, `${part}.log`);
    const { readyUrl, ...command } = this.#commandOf(part, instance);
    const process = startProcess({ ...command, logFile });
    this.#processes.set(part, process);
    await untilReady({ app: part, process, logFile, readyUrl, instance });
  }

  /** SIGKILL. @returns its process id */
  async kill(part: Part): Promise<number> {
    const process = this.#processes.get(part);
    await process?.kill();
    return process?.pid ?? 0;
  }

  /** What a part has logged: one line of JSON for each transition of an operation. */
  logOf(part: Part): string {
    try {
      return readFileSync(join(this.#folder, `${part}.log`), 'utf8');
    } catch {
      return '';
    }
  }

  /** Its processes end and its folder goes. The database stays until it is dropped, for whoever wants to look. */
  async close(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => process.kill()));
    await this.sql.end({ timeout: 1 });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #commandOf(part: Part, instance: string) {
    const { once, naive } = this;
    if (part === 'worker') return this.#workerCommand(instance);
    const port = this.#ports[part];
    const account = part === 'shop' ? once : naive;
    return {
      argv: [process.execPath, part === 'shop' ? 'shop.ts' : 'naive/shop.ts'],
      cwd: join(ROOT, 'lab'),
      readyUrl: `http://127.0.0.1:${port}/healthz`,
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/compiled'),
        ...this.#shopEnv(account),
        PORT: String(port),
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        STRIPE_WEBHOOK_SECRET: this.#secrets[part] ?? '',
        ONCE_INSTANCE: instance,
      },
    };
  }

  /** The very worker that the shop has. */
  #workerCommand(instance: string) {
    const { shop: web, worker } = this.#ports;
    const { url } = this.database;
    const portOf = (url: string) => Number(new URL(url).port);
    const ports = { web, worker, provider: portOf(this.#env.providerUrl), control: portOf(this.#env.controlUrl) };
    return commandOf(
      'worker',
      {
        ...{ dataDir: this.#folder, ports, publicUrl: undefined, stripe: undefined, mode: 'production' },
        env: this.#shopEnv(this.once),
      },
      { url, appUrls: { web: url, worker: url }, stop: async () => {}, died: undefined },
      instance,
    );
  }

  #shopEnv(account: ProviderAccount | undefined): NodeJS.ProcessEnv {
    return {
      DATABASE_URL: this.database.url,
      DATA_DIR: this.#folder,
      STRIPE_API_BASE: this.#env.providerUrl,
      STRIPE_SECRET_KEY: account?.secretKey,
      LEASE_MS: String(LEASE_MS),
      SMTP_URL: '', // nobody gets mail from a sandbox
    };
  }
}
