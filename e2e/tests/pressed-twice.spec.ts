import { countSent } from '../fixtures/network.ts';
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

test.describe('by touch', () => {
  test.use({ hasTouch: true });

  test('taps in a row on Pay are one payment', async ({ shopper, print, proof }) => {
    await shopper.isReadyToPay(print, 2);
    const box = await shopper.payButton.boundingBox();
    const [x, y] = [(box?.x ?? 0) + 20, (box?.y ?? 0) + 20];
    for (let taps = 0; taps < 3; taps++) await shopper.page.touchscreen.tap(x, y);
    await shopper.seesReceiptForGood(2, totalOf(print));
    await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
  });
});

test('Enter held down in a field is one payment', async ({ shopper, print, proof }) => {
  await shopper.isReadyToPay(print, 2);
  await shopper.field('city').focus();
  for (let times = 0; times < 5; times++) await shopper.page.keyboard.down('Enter'); // as a key that is kept down repeats
  await shopper.page.keyboard.up('Enter');
  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('Pay pressed in two tabs in the same instant, each with a card of its own, is one payment', async ({
  twoTabs,
  print,
  proof,
}) => {
  await twoTabs.areReadyToPay(print, 2);
  await twoTabs.pressPayAtOnce();
  await twoTabs.seeReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('Check out pressed in two tabs is one checkout, and Pay pressed in both is one payment', async ({
  twoTabs,
  print,
  proof,
  db,
}) => {
  const { first, second } = twoTabs;
  await first.opensPrint(print);
  await first.choosesNumber(4);
  await first.addsToCart(4);
  await first.page.goto('/cart');
  await second.page.goto('/cart');
  await twoTabs.checkOutAtOnce();

  const [checkoutId, other] = await Promise.all([first.isAtCheckout(), second.isAtCheckout()]);
  expect(other, 'both tabs are at the same checkout').toBe(checkoutId);
  await first.fillsIn();
  await second.fillsIn();
  await twoTabs.pressPayAtOnce();
  await twoTabs.seeReceiptForGood(4, totalOf(print));
  const order = await proof.soldOnce({ print, numbers: [4], totalMinor: totalOf(print) });
  expect(await db.checkoutsOf(order.cartId), 'one checkout was ever made').toHaveLength(1);
});

test('Pay pressed in a second tab while the first waits for its bank sends nothing new', async ({
  twoTabs,
  print,
  proof,
}) => {
  const { first, second } = twoTabs;
  await second.hearsNoOtherTab();
  await twoTabs.areReadyToPay(print, 1, 'Slow');
  await first.pressesPay();
  await expect(first.busyButton).toBeVisible();
  await second.pressesPay();
  await second.sees(/already on its way|Waiting for your bank/);

  await twoTabs.seeReceiptForGood(1, totalOf(print));
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
