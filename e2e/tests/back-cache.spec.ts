import { totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

// Only a whole browser keeps pages in memory (playwright.config.ts): CHROMIUM_PATH names one.

test('Back to a payment page out of the browser’s memory, paid meanwhile, shows the receipt', async ({
  twoTabs,
  print,
  proof,
  shop,
}) => {
  const { first: shopper, second } = twoTabs;
  await twoTabs.areReadyToPay(print, 2);
  await second.page.evaluate(() => {
    addEventListener('pageshow', (event) => {
      document.documentElement.dataset['restored'] = String(event.persisted);
    });
  });
  await second.page.goto(`${shop.webUrl}/healthz`);
  await shopper.pressesPay();
  await shopper.seesReceipt(2, totalOf(print));

  await second.page.goBack({ waitUntil: 'commit' });
  await expect(second.page.locator('html'), 'it came out of memory').toHaveAttribute('data-restored', 'true');
  await second.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});
