import { createOnce, type Once } from '@once/idempotency';
import { migrate } from '@once/idempotency/migrate';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import { openPostgres } from '@once/local-postgres';
import postgres from 'postgres';
import { type CpuClock, cpuClock } from '../measure/cpu.ts';
import { withFolder } from '../measure/folder.ts';

/** A Postgres of its own, as durable as the shop's, with the library's table and two that operations write to. */
export interface Lab {
  readonly url: string;
  /** Looks, fills and empties; never measured. */
  readonly admin: postgres.Sql;
  readonly cpu: CpuClock;
  /** Two pools of so many connections, one with the library and one without. */
  readonly open: (connections: number, options?: PoolOptions) => Pool;
  /** Another database on the same server, with the same tables: for variants that differ by what is in them. */
  readonly another: (name: string) => Promise<Lab>;
}

interface PoolOptions {
  readonly url?: string;
  /** False: nobody waits for the disk. For what is counted, not timed. */
  readonly isDurable?: boolean;
}

export interface Pool {
  /** As an application would have it that has never heard of the library. */
  readonly bare: postgres.Sql;
  readonly once: Once<postgres.TransactionSql, object>;
}

/** @param settings of the server, on top of those that the shop's has */
export async function withLab<T>(
  work: (lab: Lab) => Promise<T>,
  settings: Readonly<Record<string, string>> = {},
): Promise<T> {
  return await withFolder('library', async (dataDir) => {
    const server = await openPostgres({ dataDir, settings, onWarning: () => {} });
    const clients: postgres.Sql[] = [];
    const connect: Connect = (url, max, isDurable = true) => {
      const connection = isDurable ? {} : { synchronous_commit: 'off' };
      const client = postgres(url, { max, connection, onnotice: () => {} });
      clients.push(client);
      return client;
    };
    try {
      return await work(await labIn(server.url, cpuClock({ postgres: server.pid }), connect));
    } finally {
      await Promise.all(clients.map((client) => client.end({ timeout: 5 })));
      await server.stop();
    }
  });
}

type Connect = (url: string, max: number, isDurable?: boolean) => postgres.Sql;

async function labIn(url: string, cpu: CpuClock, connect: Connect): Promise<Lab> {
  const admin = connect(url, 1);
  await migrate(postgresJs(connect(url, 1)));
  for (const table of ['sale', 'receipt']) {
    await admin`create table ${admin(table)} (id uuid primary key, owner text not null, total_minor integer not null)`;
  }
  return {
    url,
    admin,
    cpu,
    open: (connections, { url: through = url, isDurable = true } = {}) => ({
      bare: connect(through, connections, isDurable),
      once: createOnce({ database: postgresJs(guarded(connect(through, connections, isDurable))) }),
    }),
    another: async (name) => {
      await admin`create database ${admin(name)}`;
      const there = new URL(url);
      there.pathname = name;
      return await labIn(there.href, cpu, connect);
    },
  };
}
