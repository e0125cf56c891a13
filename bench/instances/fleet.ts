import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openPostgres } from '@once/local-postgres';
import { type PgBouncer, startPgBouncer } from '@once/local-postgres/pgbouncer';
// @boundaries-ignore the way the shop is started belongs to no package
import { commandOf } from '../../scripts/apps.ts';
// @boundaries-ignore as above
import { freePorts } from '../../scripts/free-ports.ts';
// @boundaries-ignore as above
import { startProcess, type TiedProcess } from '../../scripts/process.ts';
// @boundaries-ignore as above
import { untilReady } from '../../scripts/ready.ts';
// @boundaries-ignore as above
import { startStack } from '../../scripts/stack.ts';
import { withFolder } from '../measure/folder.ts';
import { Stock } from '../purchase/stock.ts';

/** What each process may open; the pooler lets through what it has. */
export const MAX_CONNECTIONS = 10;

/** The shop several times over on one Postgres, and poolers of different sizes in front of that. */
export interface Fleet {
  /** Past every pooler, as the tables' owner. */
  readonly databaseUrl: string;
  readonly stock: Stock;
  /** By how many connections the pooler has. */
  readonly poolers: ReadonlyMap<number, PgBouncer>;
  /** One more of this kind, which reaches the database by this address. @returns where it answers */
  start(app: 'web' | 'worker', databaseUrl: string): Promise<string>;
}

export async function withFleet<T>(poolSizes: readonly number[], work: (fleet: Fleet) => Promise<T>): Promise<T> {
  return await withFolder('fleet', async (folder) => {
    const server = await openPostgres({ dataDir: join(folder, 'server'), onWarning: () => {} });
    const poolers = new Map<number, PgBouncer>();
    const more: TiedProcess[] = [];
    const stops: (() => Promise<void>)[] = [() => server.stop()];
    try {
      for (const poolSize of poolSizes) poolers.set(poolSize, await startPgBouncer(server.url, { poolSize }));
      stops.push(async () => void (await Promise.all([...poolers.values()].map((pooler) => pooler.stop()))));
      const [web, provider, control, worker] = (await freePorts(4)) as [number, number, number, number];
      const options = {
        dataDir: join(folder, 'shop'),
        ports: { web, provider, control, worker },
        publicUrl: `http://127.0.0.1:${web}`,
        env: { PROVIDER_LATENCY_MS: '0', LOG_LEVEL: 'error' },
      };
      const stack = await startStack({ ...options, databaseUrl: server.url });
      stops.push(() => stack.stop());
      stops.push(async () => void (await Promise.all(more.map((process) => process.stop()))));
      const stock = new Stock(server.url);
      stops.push(() => stock.close());
      const start = async (app: 'web' | 'worker', databaseUrl: string) => {
        const [port] = (await freePorts(1)) as [number];
        const url = `${databaseUrl}${databaseUrl.includes('?') ? '&' : '?'}max=${MAX_CONNECTIONS}`;
        const database = { url, appUrls: { web: url, worker: url }, stop: async () => {} };
        const instance = randomUUID();
        const { readyUrl, ...command } = commandOf(
          app,
          { ...options, ports: { ...options.ports, [app]: port }, mode: 'production', stripe: undefined },
          database,
          instance,
        );
        const logFile = join(options.dataDir, 'logs', `${app}-${port}.log`);
        const process = startProcess({ ...command, logFile });
        more.push(process);
        await untilReady({ app, process, logFile, readyUrl, instance });
        return `http://127.0.0.1:${port}`;
      };
      return await work({ databaseUrl: server.url, stock, poolers, start });
    } finally {
      for (const stop of stops.toReversed()) await stop();
    }
  });
}
