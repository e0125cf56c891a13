import { countSent } from '../fixtures/network.ts';
import { type Shopper, totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

/** The payment has left the page, and its bank takes its time. */
async function waitsForTheBank(shopper: Shopper): Promise<void> {
  await shopper.sendsPayment();
  await expect(shopper.busyButton).toBeVisible();
}

test('a reload while paying: the page shows the payment under way, then the receipt, and sends nothing', async ({
  shopper,
  print,
  proof,
}) => {
  const sent = countSent(shopper.page, 'checkout.pay');
  await shopper.isReadyToPay(print, 2, 'Slow');
  await waitsForTheBank(shopper);
  await shopper.page.reload();
  await shopper.sees(/already on its way|Waiting for your bank/);

  await shopper.seesReceiptForGood(2, totalOf(print));
  expect(sent(), 'sent by the press, and never again').toBe(1);
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('a tab closed while paying: the next one shows the receipt', async ({
  twoTabs,
  print,
  faults,
  provider,
  proof,
}) => {
  const { first: shopper, second: next } = twoTabs;
  const checkoutId = await shopper.isReadyToPay(print, 2, 'Slow');
  await faults.arm({ orderId: checkoutId, name: 'confirm' }, 'go_processing');
  await waitsForTheBank(shopper);
  await next.page.goto('/cart');
  await shopper.page.close();
  await next.sees(/already on its way|Waiting for your bank/);
  await next.page.goto(`/checkout/${checkoutId}`);
  await next.sees('Waiting for your bank');
  // The bank does not answer before the page stands there: what the page shows next, it has found out by itself.
  const intent = async () => (await provider.intentsOf(checkoutId))[0]?.status;
  await expect.poll(intent, 'the bank has it').toBe('processing');
  await provider.settles(checkoutId);

  await next.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('the cart changes nothing and starts nothing while a payment is under way', async ({ twoTabs, print, proof }) => {
  const { first: shopper, second: cart } = twoTabs;
  await shopper.isReadyToPay(print, 2, 'Slow');
  await waitsForTheBank(shopper);
  await cart.page.goto('/cart');
  await cart.sees(/already on its way|Waiting for your bank/);
  await expect(cart.checkOutButton).toHaveCount(0);
  await expect(cart.page.getByRole('button', { name: /^Remove/ })).toHaveCount(0);

  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
  await cart.page.reload();
  await cart.sees('Your cart is empty.');
});

test('Back while paying, and forward again: the payment goes on once', async ({ shopper, print, proof }) => {
  await shopper.isReadyToPay(print, 2, 'Slow');
  await waitsForTheBank(shopper);
  await shopper.page.goBack();
  await shopper.page.waitForURL(/\/prints\//);
  await shopper.page.goForward();

  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('Back after paying offers nothing to pay again', async ({ shopper, print, proof }) => {
  const checkoutId = await shopper.isReadyToPay(print, 2);
  await shopper.pressesPay();
  await shopper.seesReceipt(2, totalOf(print));

  await shopper.page.goBack();
  // The payment page was replaced by the receipt, so Back leads to where the shopper was before it.
  await shopper.page.waitForURL(/\/prints\//);
  await expect(shopper.takenNumber(2, 'sold')).toBeVisible();
  await expect(shopper.payButton).toHaveCount(0);
  await shopper.page.goForward();
  await shopper.seesReceipt(2, totalOf(print));

  await shopper.page.goto(`/checkout/${checkoutId}`);
  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('a payment page that was left for another site shows the receipt when Back returns to it', async ({
  twoTabs,
  print,
  proof,
}) => {
  const { first: shopper, second } = twoTabs;
  const sent = countSent(shopper.page, 'checkout.pay');
  await twoTabs.areReadyToPay(print, 2);
  await second.page.goto('about:blank');
  await shopper.pressesPay();
  await shopper.seesReceipt(2, totalOf(print));

  await second.page.goBack();
  await second.seesReceiptForGood(2, totalOf(print));
  expect(sent()).toBe(1);
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('a payment page that the browser kept in memory asks what is true when it is shown again', async ({
  twoTabs,
  print,
  proof,
}) => {
  const { first: shopper, second: kept } = twoTabs;
  await kept.hearsNoOtherTab();
  await twoTabs.areReadyToPay(print, 2);
  await shopper.pressesPay();
  await shopper.seesReceipt(2, totalOf(print));
  await expect(kept.payButton).toBeVisible();
  // The headless shell has no such memory; this is what it would tell the page. tests/back-cache.spec.ts has the real one.
  await kept.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));

  await kept.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});
