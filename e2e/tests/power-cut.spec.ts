import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type APIRequest, expect, test } from '@playwright/test';
// @boundaries-ignore the way the shop is started belongs to no package
import { APPS } from '../../scripts/apps.ts';
// @boundaries-ignore as above
import type { Stack } from '../../scripts/stack.ts';
import { expectConserved } from '../fixtures/conservation.ts';
import { ShopDatabase } from '../fixtures/database.ts';
import { Faults } from '../fixtures/faults.ts';
import { Ledger } from '../fixtures/ledger.ts';
import { Locks } from '../fixtures/locks.ts';
import { addressOf, ownPorts, startOwn } from '../fixtures/own-shop.ts';
import { answerOf, expectSoldOnce, Payer } from '../fixtures/payer.ts';
import { EVERYWHERE, payAt } from '../fixtures/places.ts';
import { killPostgres, killPostgresWhileItStarts } from '../fixtures/postgres-process.ts';
import { Stage } from '../fixtures/stage.ts';

// Everything dies at once with -9, as when the power goes: web, worker, provider and Postgres. Then the shop is started
// again on what is left, as anybody would start it.

test('everything killed while people are at every place of a payment, and Postgres once more while it starts: the next start puts it right', async ({
  playwright,
}) => {
  test.slow(); // a shop is made, and started twice
  const dataDir = await mkdtemp(join(tmpdir(), 'once-power-cut-'));
  const ports = await ownPorts();
  const account = randomUUID().replaceAll('-', '');
  const key = `sk_test_${account}`;
  const stack = await startOwn(dataDir, ports, { LEASE_MS: '12000', STRIPE_SECRET_KEY: key });
  const { controlUrl, databaseUrl } = addressOf(stack);
  const [ledger, faults] = [new Ledger(controlUrl, account), new Faults(controlUrl, account)];
  const [db, locks] = [new ShopDatabase(databaseUrl), new Locks(databaseUrl)];
  let next: Stack | undefined;
  try {
    const since = await db.now();
    const [acknowledged, ...others] = (await people(playwright.request, stack)) as [Payer, ...Payer[]];
    expect(answerOf(await acknowledged.pressesPay())).toBe('paid');
    const payments = await payAt(EVERYWHERE, others, { faults, locks });
    await Promise.all([...APPS.map((app) => stack.kill(app)), killPostgres(dataDir)]);
    await payments.expectNoAnswer();
    await Promise.all([db.close(), locks.close()]);
    await stack.stop();

    const starting = startOwn(dataDir, ports, { STRIPE_SECRET_KEY: key });
    await Promise.all([killPostgresWhileItStarts(dataDir), starting]);
    next = await starting;
    for (const payer of [acknowledged, ...others]) await payer.paysInTheEnd();
    const after = new ShopDatabase(next.databaseUrl);
    await expectSoldOnce([acknowledged, ...others], { db: after, ledger });
    await expectConserved({ db: after, ledger, since });
    await faults.haveAllStruck();
    await after.close();
    await Promise.all([acknowledged, ...others].map((payer) => payer.leaves()));
  } finally {
    await stack.stop();
    await next?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

async function people(request: APIRequest, { webUrl, databaseUrl }: Stack): Promise<Payer[]> {
  const stage = new Stage(databaseUrl);
  const print = await stage.hang({ copies: EVERYWHERE.length + 2 });
  await stage.close();
  const numbers = Array.from({ length: EVERYWHERE.length + 1 }, (_, index) => index + 1);
  return await Promise.all(
    numbers.map(async (number) => await Payer.atCheckout(await request.newContext(), { webUrl, print, number })),
  );
}
