import type { Request } from '@playwright/test';
import type { ShopDatabase } from '../fixtures/database.ts';
import { EVENTS, loseEveryAnswer } from '../fixtures/network.ts';
import { type Shopper, totalOf } from '../fixtures/shopper.ts';
import type { Edition } from '../fixtures/stage.ts';
import { expect, test } from '../fixtures/test.ts';

const STATUS = '**/api/trpc/checkout.status**';

async function waitsForTheBank(shopper: Shopper, print: Edition, db: ShopDatabase): Promise<string> {
  const checkoutId = await shopper.isReadyToPay(print, 2, 'Slow');
  await shopper.sendsPayment();
  await expect.poll(() => db.attemptsOf(checkoutId), 'the payment has begun').toHaveLength(1);
  return checkoutId;
}

test('the shop tells the page that the bank has answered; nothing has to be asked', async ({
  shopper,
  print,
  proof,
  db,
}) => {
  const { page } = shopper;
  const checkoutId = await waitsForTheBank(shopper, print, db);
  await page.route(STATUS, (route) => route.abort('connectionreset'));
  const isEvents = (request: Request) => request.url().includes('/events');
  const closed = Promise.race([
    page.waitForEvent('requestfinished', isEvents),
    page.waitForEvent('requestfailed', isEvents),
  ]);
  await page.goto(`/orders/${checkoutId}`);
  await shopper.sees('Waiting for your bank.');

  await shopper.seesReceipt(2, totalOf(print));
  await closed; // the receipt is final: no connection stays open for it
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('where events do not come through, the page asks, and shows the same', async ({ shopper, print, proof, db }) => {
  const { page } = shopper;
  const checkoutId = await waitsForTheBank(shopper, print, db);
  // As behind a proxy that keeps them back until they are complete.
  await page.route(EVENTS, async () => {});
  await page.goto(`/orders/${checkoutId}`);
  await shopper.sees('Waiting for your bank.');

  await shopper.seesReceipt(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('offline, an order’s page says so; back online it shows what has become of it', async ({
  shopper,
  print,
  proof,
  db,
}) => {
  const { page } = shopper;
  const checkoutId = await waitsForTheBank(shopper, print, db);
  await page.goto(`/orders/${checkoutId}`);
  await shopper.sees('Waiting for your bank.');
  await page.context().setOffline(true);
  await shopper.sees(/You are offline\. /);
  await expect.poll(async () => (await db.ordersOf(print.slug))[0]?.state).toBe('paid');
  await shopper.sees('Waiting for your bank.');

  await page.context().setOffline(false);
  await shopper.seesReceipt(2, totalOf(print));
  await expect(page.getByText(/You are offline\. /)).toHaveCount(0);
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('a second tab follows the first: it shows the payment under way, then the receipt', async ({
  twoTabs,
  print,
  proof,
}) => {
  const { first, second } = twoTabs;
  await twoTabs.areReadyToPay(print, 2, 'Slow');
  await first.sendsPayment();
  await expect(second.busyButton, 'nobody has touched it').toBeVisible();
  await second.sees(/already on its way/);

  await twoTabs.seeReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('a second tab hears of a refusal too, and pays with the next number', async ({ twoTabs, print, proof }) => {
  const { first, second } = twoTabs;
  await twoTabs.areReadyToPay(print, 2, 'Declined');
  await first.pressesPay();
  await second.sees('Your card was declined. You were not charged.');
  await second.choosesCard('Pays');
  await second.pressesPay();
  await twoTabs.seeReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('somebody else is told nothing of a checkout', async ({ shopper, visitor, print, shop }) => {
  const checkoutId = await shopper.isReadyToPay(print, 2);
  const url = `${shop.webUrl}/api/checkout/${checkoutId}/events`;
  await visitor.opensPrint(print);
  expect((await visitor.page.request.get(url)).status()).toBe(404);
  expect((await visitor.page.request.get(`${shop.webUrl}/api/checkout/none/events`)).status()).toBe(404);
});

test('an answer that was lost while every question is lost too comes by an event', async ({
  shopper,
  print,
  proof,
}) => {
  await shopper.isReadyToPay(print, 3);
  await loseEveryAnswer(shopper.page, 'checkout.pay');
  await shopper.page.route(STATUS, (route) => route.abort('connectionreset'));
  await shopper.pressesPay();
  await shopper.seesReceipt(3, totalOf(print));
  await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
});
