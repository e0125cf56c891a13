import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgres } from '@once/local-postgres';
// @boundaries-ignore the way the shop is started belongs to no package
import { freePorts } from '../scripts/free-ports.ts';
// @boundaries-ignore as above
import { type Stack, startStack } from '../scripts/stack.ts';
import { expectConserved } from './fixtures/conservation.ts';
import { ShopDatabase } from './fixtures/database.ts';
import { Ledger } from './fixtures/ledger.ts';
import { givenShop, publishAddress, ShopAddressError, sharedAccount, shopAddress } from './shop-address.ts';

/** What the bank behind the card "Slow" takes: long enough to do something meanwhile, short enough to wait for. */
const SLOW_BANK_MS = 5_000;
const RESULTS = join(import.meta.dirname, 'test-results');

/**
 * Playwright's global setup. One shop for the whole run: real Postgres, provider, web as it is deployed, and worker, on
 * ports and data of its own; when all have bought what they wanted, money and copies are conserved. Or the one at
 * `E2E_BASE_URL`, which is left running. None of it outlives this process.
 */
export default async function startShop(): Promise<() => Promise<void>> {
  const given = givenShop();
  if (given) {
    await refuseSilent(given.webUrl);
    publishAddress({ ...given, databaseUrl: given.databaseUrl ?? (await openPostgres(given)).url });
    return async () => {};
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'once-e2e-'));
  try {
    const stack = await start(dataDir);
    const db = new ShopDatabase(stack.databaseUrl);
    const since = await db.now();
    return async () => {
      try {
        await expectConserved({ db, ledger: new Ledger(shopAddress().controlUrl, sharedAccount()), since });
      } finally {
        await db.close();
        await stack.stop();
        await keepLogs(dataDir);
      }
    };
  } catch (error) {
    await keepLogs(dataDir);
    console.error(`The shop did not start. What its processes said is in ${join(RESULTS, 'logs')}`);
    throw error;
  }
}

async function start(dataDir: string): Promise<Stack> {
  const [web, provider, control, worker] = (await freePorts(4)) as [number, number, number, number];
  const stack = await startStack({
    dataDir,
    ports: { web, provider, control, worker },
    lab: true,
    // By number: not every machine can resolve `localhost`.
    publicUrl: `http://127.0.0.1:${web}`,
    databaseUrl: process.env['E2E_DATABASE_URL'],
    env: { LOCAL_SLOW_MS: String(SLOW_BANK_MS) },
    onDeath: ({ app, how }) => console.error(`${app} ended (${how})`),
  });
  publishAddress({
    webUrl: stack.webUrl,
    providerUrl: `http://127.0.0.1:${provider}`,
    controlUrl: `http://127.0.0.1:${control}`,
    databaseUrl: stack.databaseUrl,
    dataDir,
  });
  return stack;
}

/** The data is thrown away, but who looks into a failure wants to know what the processes said. */
async function keepLogs(dataDir: string): Promise<void> {
  await cp(join(dataDir, 'logs'), join(RESULTS, 'logs'), { recursive: true, force: true }).catch(() => {});
  await rm(dataDir, { recursive: true, force: true });
}

async function refuseSilent(webUrl: string): Promise<void> {
  const answer = await fetch(`${webUrl}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  if (!answer?.ok) throw new ShopAddressError(`no shop is ready at E2E_BASE_URL, ${webUrl}`);
}
