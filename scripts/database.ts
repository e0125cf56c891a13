import { createHmac } from 'node:crypto';
import { connect as connectShop, driverAddress, schema } from '@once/db';
import { asRole, ROLES, type Role } from '@once/db/grants';
import { migrate } from '@once/db/migrate';
import { seed } from '@once/db/seed';
import { openPostgres } from '@once/local-postgres';
import postgres from 'postgres';

export interface ShopDatabase {
  /** As the tables' owner. */
  readonly url: string;
  /** As the role of each, which may do its own work and no more. */
  readonly appUrls: { readonly web: string; readonly worker: string };
  stop(): Promise<void>;
  /** How a server of our own ended that nobody had asked to. */
  readonly died?: Promise<string> | undefined;
}

export interface ShopDatabaseOptions {
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly onProgress: (line: string) => void;
}

/** Opens the database, brings it up to date and fills an empty catalogue. A server that it started is stopped if it fails. */
export async function openShopDatabase({
  dataDir,
  databaseUrl,
  onProgress,
}: ShopDatabaseOptions): Promise<ShopDatabase> {
  const server = await openPostgres({
    dataDir,
    databaseUrl: databaseUrl && driverAddress(databaseUrl),
    onWarning: onProgress,
  });
  try {
    onProgress(`Postgres ${await majorVersion(server.url)} ${HOW[server.kind]}`);
    await migrate(server.url);
    onProgress('Tables are up to date');
    if (await isEmpty(server.url)) {
      await seed(server.url);
      onProgress('Catalogue filled with 24 prints');
    }
    const { url, died } = server;
    const appUrls =
      server.kind === 'external'
        ? { web: url, worker: url }
        : { web: await roleUrl(url, 'web'), worker: await roleUrl(url, 'worker') };
    return { url, appUrls, stop: () => server.stop(), died };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

const HOW = { external: 'answers at DATABASE_URL', started: 'started', adopted: 'was running' } as const;

async function majorVersion(url: string): Promise<number> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [row] = await sql<{ version: string }[]>`select current_setting('server_version_num') as version`;
    return Math.floor(Number(row?.version) / 10_000);
  } finally {
    await sql.end();
  }
}

async function isEmpty(url: string): Promise<boolean> {
  const connection = connectShop(url, { max: 1 });
  try {
    const found = await connection.db.select({ id: schema.edition.id }).from(schema.edition).limit(1);
    return found.length === 0;
  } finally {
    await connection.close();
  }
}

/**
 * Our own server wants a password from everybody on this machine. A role's is made from the owner's: the same at every
 * start, so that a second process which finds the server running does not lock out the first one's apps.
 */
async function roleUrl(ownerUrl: string, role: Role): Promise<string> {
  const password = createHmac('sha256', new URL(ownerUrl).password).update(ROLES[role]).digest('hex');
  const sql = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(`alter role ${ROLES[role]} login password '${password}'`);
  } finally {
    await sql.end();
  }
  return asRole(ownerUrl, role, password);
}
