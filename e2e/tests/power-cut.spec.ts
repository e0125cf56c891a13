import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type APIRequest, expect, test } from '@playwright/test';
// @boundaries-ignore the way the shop is started belongs to no package
import { APPS } from '../../scripts/apps.ts';
// @boundaries-ignore as above
import type { Stack } from '../../scripts/stack.ts';
import { ShopDatabase } from '../fixtures/database.ts';
import { Faults } from '../fixtures/faults.ts';
import { Ledger } from '../fixtures/ledger.ts';
import { addressOf, ownPorts, startOwn } from '../fixtures/own-shop.ts';
import { expectSoldOnce, Payer } from '../fixtures/payer.ts';
import { killPostgres, killPostgresWhileItStarts } from '../fixtures/postgres-process.ts';
import { Stage } from '../fixtures/stage.ts';
import { PAYING, paymentsUnderWay } from '../fixtures/under-way.ts';

// Everything dies at once with -9, as when the power goes: web, worker, provider and Postgres. Then the shop is started
// again on what is left, as anybody would start it.

test('everything killed while many pay, and Postgres once more while it starts: the next start puts it right', async ({
  playwright,
}) => {
  test.slow(); // a shop is made, and started twice
  const dataDir = await mkdtemp(join(tmpdir(), 'once-power-cut-'));
  const ports = await ownPorts();
  const stack = await startOwn(dataDir, ports);
  let next: Stack | undefined;
  try {
    const everybody = await people(playwright.request, stack);
    const { presses } = await paymentsUnderWay(everybody, new Faults(addressOf(stack).controlUrl));
    await Promise.all([...APPS.map((app) => stack.kill(app)), killPostgres(dataDir)]);
    expect(await presses, 'nobody had an answer').toEqual([undefined, undefined, undefined, undefined]);
    await stack.stop();

    const starting = startOwn(dataDir, ports);
    await Promise.all([killPostgresWhileItStarts(dataDir), starting]);
    next = await starting;
    for (const payer of everybody) await payer.isToldInTheEnd('paid');
    const db = new ShopDatabase(next.databaseUrl);
    await expectSoldOnce(everybody, { db, ledger: new Ledger(addressOf(next).controlUrl) });
    await db.close();
    await Promise.all(everybody.map((payer) => payer.leaves()));
  } finally {
    await stack.stop();
    await next?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

async function people(request: APIRequest, { webUrl, databaseUrl }: Stack): Promise<Payer[]> {
  const stage = new Stage(databaseUrl);
  const print = await stage.hang({ copies: PAYING + 1 });
  await stage.close();
  const numbers = Array.from({ length: PAYING }, (_, index) => index + 1);
  return await Promise.all(
    numbers.map(async (number) => await Payer.atCheckout(await request.newContext(), { webUrl, print, number })),
  );
}
