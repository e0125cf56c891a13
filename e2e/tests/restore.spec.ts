// oxlint-disable no-empty-pattern -- Playwright reads from the pattern which fixtures are wanted
import { type ArchivedServer, openArchived } from '@once/local-postgres/archived';
// @boundaries-ignore the way the shop is started belongs to no package
import { type Stack, startStack } from '../../scripts/stack.ts';
import { Api } from '../fixtures/api.ts';
import { Ledger } from '../fixtures/ledger.ts';
import { LEASE_MS, ownPorts } from '../fixtures/own-shop.ts';
import { answerOf, Payer } from '../fixtures/payer.ts';
import { type Edition, Stage } from '../fixtures/stage.ts';
import { test as base, expect } from '../fixtures/test.ts';

// The database is lost, and restored to an instant before the last purchases: docs/backup.md. All kinds of purchase are in
// packages/checkout/test/restore.test.ts; here the processes do what they are told there.

const ACCOUNT = 'restored';

const test = base.extend<{ readonly server: ArchivedServer; readonly stack: Stack; readonly ownPrint: Edition }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures are wanted
  server: async ({}, use) => {
    const server = await openArchived();
    await use(server);
    await server.stop();
  },
  stack: async ({ server }, use, testInfo) => {
    const stack = await startStack({
      dataDir: testInfo.outputPath('shop'),
      databaseUrl: server.url,
      ports: await ownPorts(),
      build: false, // the run's own shop has been built before any test starts
      env: { LEASE_MS: String(LEASE_MS), PROVIDER_LATENCY_MS: '2', STRIPE_SECRET_KEY: `sk_test_${ACCOUNT}` },
    });
    await use(stack);
    await stack.stop();
  },
  ownPrint: async ({ stack }, use) => {
    const stage = new Stage(stack.databaseUrl);
    const print = await stage.hang({ copies: 5 });
    await stage.close();
    await use(print);
  },
});

test('restored to before the last purchases, the shop is closed until a worker has asked the provider for them', async ({
  server,
  stack,
  ownPrint: print,
  playwright,
}) => {
  test.slow(); // a server is made, lost and made again
  const { webUrl, controlUrl = '' } = stack;
  const payer = async (number: number) =>
    await Payer.atCheckout(await playwright.request.newContext(), { webUrl, print, number });
  const ledger = new Ledger(controlUrl, ACCOUNT);
  await server.backUp();
  const [first, second] = [await payer(1), await payer(2)];
  expect(answerOf(await first.pressesPay())).toBe('paid');
  const instant = await server.now();
  const third = await payer(3);
  for (const paying of [second, third]) expect(answerOf(await paying.pressesPay())).toBe('paid');

  for (const app of ['web', 'worker'] as const) await stack.kill(app);
  const port = Number(new URL(server.url).port);
  expect(await server.restoreTo(instant, { port })).toBe(server.url);
  stack.setEnv({ RESTORED_TO: new Date(instant).toISOString() });
  await stack.restart('web');

  const request = await playwright.request.newContext();
  const guest = new Api(request, webUrl);
  const buying = { slug: print.slug, number: 3 };
  expect(await guest.mutate('cart.add', buying), 'nothing is sold').toMatchObject({ status: 503 });
  expect(await second.pressesPay(), 'nobody may pay').toMatchObject({ status: 503, errorCode: 'UNAVAILABLE' });
  const home = await request.get(webUrl);
  expect(home.status(), 'everything can be looked at').toBe(200);

  await stack.restart('worker');
  const told = async () => (await guest.mutate('cart.add', buying)).errorCode;
  await expect
    .poll(told, { message: 'the copy of an order that nobody here knows', timeout: 60_000 })
    .toBe('COPY_SOLD');
  await second.isToldInTheEnd('paid');
  expect(await third.pressesPay(), 'its shopper').toMatchObject({ errorCode: 'NOT_FOUND' });
  await first.isToldInTheEnd('paid');
  for (const { checkoutId } of [first, second, third]) expect(await ledger.chargesOf(checkoutId)).toHaveLength(1);
  await (await payer(4)).paysInTheEnd();
});
