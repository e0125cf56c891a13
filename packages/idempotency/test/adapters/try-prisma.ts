// Prisma is no dependency of ours, it is too large for that. This installs it in a folder of its own, generates a client
// and runs the contract over it:
//
//   node packages/idempotency/test/adapters/try-prisma.ts [postgres://…, a scratch database]
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openPostgres } from '@once/local-postgres';
import type pg from 'pg';
import { guarded, nodePostgres } from '../../src/adapters/pg.ts';
import { prisma } from '../../src/adapters/prisma.ts';
import { migrate } from '../../src/migrate.ts';
import { contract, type Subject } from '../../src/testing/contract.ts';

/** What the cases need of a generated client. */
interface Tx {
  $queryRawUnsafe<T>(text: string, ...parameters: unknown[]): Promise<T>;
  $executeRawUnsafe(text: string, ...parameters: unknown[]): Promise<number>;
}
interface Client extends Tx {
  $transaction<T>(body: (tx: Tx) => Promise<T>, options?: { timeout?: number; maxWait?: number }): Promise<T>;
  $disconnect(): Promise<void>;
}

const folder = fileURLToPath(new URL('../../../../.data/prisma', import.meta.url));
const schema = `generator client {
  provider = "prisma-client"
  output   = "generated"
}
datasource db {
  provider = "postgresql"
}
model Note {
  id    BigInt @id @default(autoincrement())
  scope String
  note  String
  @@map("once_contract")
}
`;

await install(folder);
const { PrismaClient } = await load<{ PrismaClient: new (options: object) => Client }>('generated/client.ts');
// The one that the adapter knows: another copy's pool is no pool to it, and it would make one of its own.
const { Pool } = await load<{ Pool: typeof pg.Pool }>('node_modules/pg/esm/index.mjs');
const { PrismaPg } = await load<{ PrismaPg: new (pool: object) => object }>(
  'node_modules/@prisma/adapter-pg/dist/index.mjs',
);

const overPrisma: Subject<Tx> = {
  open: (url, options) => {
    const pool = guarded(new Pool({ connectionString: url, ...options }));
    const client = new PrismaClient({ adapter: new PrismaPg(pool) });
    return {
      database: prisma(client),
      execute: (tx, text, parameters) =>
        text.startsWith('select') ? tx.$queryRawUnsafe(text, ...parameters) : tx.$executeRawUnsafe(text, ...parameters),
      transaction: (body) => client.$transaction(body, { timeout: 15_000 }),
      close: async () => {
        await client.$disconnect();
        await pool.end();
      },
    };
  },
};

const server = await openPostgres({ dataDir: join(folder, 'data'), databaseUrl: process.argv[2] });
try {
  const pool = new Pool({ connectionString: server.url });
  await migrate(nodePostgres(pool));
  await pool.end();
  for (const { name, run } of contract(overPrisma, { url: server.url })) {
    try {
      await run();
      console.log(`✓ ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.error(`✗ ${name}`, error);
    }
  }
} finally {
  await server.stop();
}

async function install(at: string): Promise<void> {
  await mkdir(at, { recursive: true });
  const write = (name: string, text: string) => writeFile(join(at, name), text);
  await write('package.json', '{ "type": "module", "private": true }');
  await write('schema.prisma', schema);
  await write('prisma.config.ts', "export default { schema: 'schema.prisma' };\n");
  // The client talks to Postgres by itself; `generate` asks for an engine all the same, which only migrations use.
  await write('no-engine', '#!/bin/sh\n');
  await chmod(join(at, 'no-engine'), 0o755);
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: join(at, 'no-engine'), CHECKPOINT_DISABLE: '1' };
  const packages = ['prisma@7', '@prisma/client@7', '@prisma/adapter-pg@7', 'pg@8'];
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', ...packages], { cwd: at, env, stdio: 'inherit' });
  execFileSync('npx', ['prisma', 'generate'], { cwd: at, env, stdio: 'inherit' });
}

async function load<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(join(folder, name)).href)) as T;
}
