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

export async function withLab<T>(work: (lab: Lab) => Promise<T>): Promise<T> {
  return await withFolder('library', async (dataDir) => {
    const server = await openPostgres({ dataDir, onWarning: () => {} });
    const clients: postgres.Sql[] = [];
    const connect = (max: number, { url = server.url, isDurable = true }: PoolOptions = {}) => {
      const connection = isDurable ? {} : { synchronous_commit: 'off' };
      const client = postgres(url, { max, connection, onnotice: () => {} });
      clients.push(client);
      return client;
    };
    try {
      const admin = connect(1);
      await migrate(postgresJs(connect(1)));
      for (const table of ['sale', 'receipt']) {
        await admin`create table ${admin(table)} (id uuid primary key, owner text not null, total_minor integer not null)`;
      }
      return await work({
        url: server.url,
        admin,
        cpu: cpuClock({ postgres: server.pid }),
        open: (connections, options) => ({
          bare: connect(connections, options),
          once: createOnce({ database: postgresJs(guarded(connect(connections, options))) }),
        }),
      });
    } finally {
      await Promise.all(clients.map((client) => client.end({ timeout: 5 })));
      await server.stop();
    }
  });
}
