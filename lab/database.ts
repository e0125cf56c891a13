import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '@once/db/migrate';
import { PRINTS } from '@once/db/prints';
import { type LocalPostgres, openPostgres } from '@once/local-postgres';
import postgres from 'postgres';
import { NAIVE_TABLES } from './naive/tables.ts';

export interface RunDatabase {
  readonly url: string;
  /** Stops the server under everybody who uses it, and starts it again. Only for a database that has one of its own. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  drop(): Promise<void>;
}

const PRICE_MINOR = 14_000;
/** One edition to buy from, and one of which a single copy is left. */
const STOCK = { 'lab-print': 4, 'lab-last': 1 } as const;

/** The laboratory's own cluster. A run's database is a copy of one that was migrated and filled once. */
export class Databases {
  readonly #dataDir: string;
  #cluster: Promise<LocalPostgres> | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  async open(runId: string): Promise<RunDatabase> {
    this.#cluster ??= this.#start();
    this.#cluster.catch(() => {
      this.#cluster = undefined; // the next run tries again
    });
    const { url: template } = await this.#cluster;
    const name = `lab_${runId}`;
    const maintenance = withDatabase(template, 'postgres');
    await run(maintenance, (sql) => sql`create database ${sql(name)} template ${sql(TEMPLATE)}`);
    const refuse = () => Promise.reject(new TypeError('this server is shared'));
    return {
      url: withDatabase(template, name),
      stopServer: refuse,
      startServer: refuse,
      drop: async () => {
        await run(maintenance, (sql) => sql`drop database if exists ${sql(name)} with (force)`);
      },
    };
  }

  /** With a server of its own, that may be stopped. */
  async openAlone(runId: string): Promise<RunDatabase> {
    const dataDir = join(this.#dataDir, 'clusters', runId);
    let server = await openPostgres({ dataDir, database: TEMPLATE });
    const port = Number(new URL(server.url).port);
    await fill(server.url);
    return {
      url: server.url,
      stopServer: () => server.stop(),
      startServer: async () => {
        server = await openPostgres({ dataDir, database: TEMPLATE, port });
      },
      drop: async () => {
        await server.stop();
        rmSync(dataDir, { recursive: true, force: true });
      },
    };
  }

  async stop(): Promise<void> {
    const cluster = await this.#cluster?.catch(() => undefined);
    await cluster?.stop();
  }

  async #start(): Promise<LocalPostgres> {
    const cluster = await openPostgres({ dataDir: this.#dataDir, database: TEMPLATE });
    const maintenance = withDatabase(cluster.url, 'postgres');
    // Of a laboratory that was killed: nobody works on them any more.
    const left = await run(
      maintenance,
      (sql) => sql<{ datname: string }[]>`select datname from pg_database where starts_with(datname, 'lab_')`,
    );
    for (const { datname } of left) await run(maintenance, (sql) => sql`drop database ${sql(datname)} with (force)`);
    await run(maintenance, (sql) => sql`drop database ${sql(TEMPLATE)} with (force)`);
    await run(maintenance, (sql) => sql`create database ${sql(TEMPLATE)}`);
    await fill(cluster.url);
    return cluster;
  }
}

const TEMPLATE = 'once_lab';

async function fill(url: string): Promise<void> {
  await migrate(url);
  const [model] = PRINTS;
  await run(url, (sql) =>
    sql.begin(async (tx) => {
      for (const [slug, copies] of Object.entries(STOCK)) {
        const id = randomUUID();
        await tx`
          insert into edition (id, slug, title, studio, statement, style, palette, stock, format, copies, price_minor,
            currency, published_at)
          values (${id}, ${slug}, 'Proof of the laboratory', 'Laboratory', 'Printed to be bought once.',
            ${model?.style ?? ''}, ${model?.palette ?? ''}, ${model?.stock ?? ''}, ${model?.format ?? ''}, ${copies},
            ${PRICE_MINOR}, 'EUR', statement_timestamp())`;
        await tx`insert into copy (edition_id, number) select ${id}, number from generate_series(1, ${copies}::int) as number`;
      }
      await tx.unsafe(NAIVE_TABLES);
    }),
  );
}

function withDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

async function run<T>(url: string, work: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 2 });
  }
}
