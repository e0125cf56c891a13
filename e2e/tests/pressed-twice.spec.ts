import { countSent, meet } from '../fixtures/network.ts';
import { totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

test('a double click on Pay is one payment', async ({ shopper, print, proof }) => {
  await shopper.isReadyToPay(print, 2);
  await shopper.payButton.dblclick();
  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('two presses in one task of the page are one payment', async ({ shopper, print, proof }) => {
  await shopper.isReadyToPay(print, 2);
  // Faster than any finger: the page has had no time to draw the button anew.
  await shopper.payButton.evaluate((button: HTMLElement) => {
    button.click();
    button.click();
  });
  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('Pay pressed in two tabs in the same instant, each with a card of its own, is one payment', async ({
  shopper,
  print,
  proof,
}) => {
  await shopper.isReadyToPay(print, 2);
  const second = await shopper.opensAnotherTab();
  await second.isAtCheckout();
  await second.fillsIn();
  // Both stand right before the payment and know nothing of each other, when both are let go.
  const pays = await meet([shopper.page, second.page], 'checkout.pay');
  await Promise.all([shopper.pressesPay(), second.pressesPay()]);
  await pays.met;

  await Promise.all([shopper, second].map((tab) => tab.seesReceipt(2, totalOf(print))));
  await Promise.all([shopper, second].map((tab) => tab.seesReceiptForGood(2, totalOf(print))));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('Check out pressed in two tabs is one checkout, and Pay pressed in both is one payment', async ({
  shopper,
  print,
  proof,
  db,
}) => {
  await shopper.opensPrint(print);
  await shopper.choosesNumber(4);
  await shopper.addsToCart(4);
  await shopper.page.goto('/cart');
  const second = await shopper.opensAnotherTab('/cart');
  const starts = await meet([shopper.page, second.page], 'checkout.start');
  await Promise.all([shopper.checkOutButton.click(), second.checkOutButton.click()]);
  await starts.met;

  const [first, other] = await Promise.all([shopper.isAtCheckout(), second.isAtCheckout()]);
  expect(other, 'both tabs are at the same checkout').toBe(first);
  await shopper.fillsIn();
  await second.fillsIn();
  const pays = await meet([shopper.page, second.page], 'checkout.pay');
  await Promise.all([shopper.pressesPay(), second.pressesPay()]);
  await pays.met;

  await Promise.all([shopper, second].map((tab) => tab.seesReceiptForGood(4, totalOf(print))));
  const order = await proof.soldOnce({ print, numbers: [4], totalMinor: totalOf(print) });
  expect(await db.checkoutsOf(order.cartId), 'one checkout was ever made').toHaveLength(1);
});

test('Pay pressed in a second tab while the first waits for its bank sends nothing new', async ({
  shopper,
  print,
  proof,
}) => {
  await shopper.isReadyToPay(print, 1, 'Slow');
  const second = await shopper.opensAnotherTab();
  await second.isAtCheckout();
  await second.fillsIn();
  await shopper.pressesPay();
  await expect(shopper.busyButton).toBeVisible();
  await second.pressesPay();
  await second.sees(/already on its way|Waiting for your bank/);

  await Promise.all([shopper, second].map((tab) => tab.seesReceiptForGood(1, totalOf(print))));
  await proof.soldOnce({ print, numbers: [1], totalMinor: totalOf(print) });
});

test('pressing Pay as often as one likes while it waits sends it once', async ({ shopper, print, proof }) => {
  const sent = countSent(shopper.page, 'checkout.pay');
  await shopper.isReadyToPay(print, 1, 'Slow');
  await shopper.pressesPay();
  const busy = shopper.busyButton;
  await expect(busy).toBeVisible();
  for (let press = 0; press < 5; press++) await busy.click({ force: true });

  await shopper.seesReceiptForGood(1, totalOf(print));
  expect(sent()).toBe(1);
  await proof.soldOnce({ print, numbers: [1], totalMinor: totalOf(print) });
});
