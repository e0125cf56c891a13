import { countSent } from '../fixtures/network.ts';
import { totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

const HOLD_ENDED = 'Your hold on No. 2 ended. You were not charged.';

test('a hold that ended before Pay charges nothing, and can be had again', async ({
  shopper,
  print,
  proof,
  stage,
  db,
}) => {
  const checkoutId = await shopper.isReadyToPay(print, 2);
  await stage.endHold(checkoutId);
  // The worker gives the copy back, and the page does not know.
  await expect.poll(async () => (await db.copiesOf(print.slug))[1]?.state).toBe('available');
  await shopper.pressesPay();
  await shopper.sees(HOLD_ENDED);
  await proof.nothingCharged(print);
  await shopper.page.reload();
  await shopper.sees(HOLD_ENDED);

  await shopper.page.getByRole('button', { name: 'Hold it for 10 more minutes' }).click();
  await shopper.isAtCheckout();
  await expect(shopper.page.getByText(HOLD_ENDED)).toHaveCount(0);
  await shopper.fillsIn();
  await shopper.pressesPay();
  await shopper.seesReceiptForGood(2, totalOf(print));
  const order = await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
  expect((await db.checkoutsOf(order.cartId)).length, 'the ended one and its successor').toBeLessThanOrEqual(2);
});

test('a copy whose hold ended can be bought by somebody else, and is then not sold to the first', async ({
  shopper,
  visitor,
  print,
  proof,
  stage,
  db,
}) => {
  const checkoutId = await shopper.isReadyToPay(print, 2);
  await stage.endHold(checkoutId);
  // The worker gives it back.
  await expect.poll(async () => (await db.copiesOf(print.slug))[1]?.state).toBe('available');
  await visitor.isReadyToPay(print, 2);
  await visitor.pressesPay();
  await visitor.seesReceipt(2, totalOf(print));

  await shopper.pressesPay();
  for (const look of ['on the page as it stands', 'loaded again']) {
    await test.step(look, async () => {
      await shopper.sees(/You were not charged/);
      await expect(shopper.page.getByText('Nobody has taken it yet'), 'somebody has').toHaveCount(0);
    });
    await shopper.page.reload();
  }
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
  await visitor.seesReceiptForGood(2, totalOf(print));
});

test('a hold can be made ten minutes longer', async ({ shopper, print, proof, db }) => {
  const checkoutId = await shopper.isReadyToPay(print, 2);
  const before = await db.holdUntilOf(checkoutId);
  await shopper.page.getByRole('button', { name: 'Add 10 minutes' }).click();
  await expect.poll(async () => (await db.holdUntilOf(checkoutId)) > before).toBe(true);
  await expect(shopper.page.getByRole('timer')).toContainText(/(10:00|9:\d\d)/);
  await shopper.pressesPay();
  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('a hold does not end while its payment is under way', async ({ shopper, visitor, print, proof, stage }) => {
  const checkoutId = await shopper.isReadyToPay(print, 2, 'Slow');
  await shopper.sendsPayment();
  await expect(shopper.busyButton).toBeVisible();
  await visitor.opensPrint(print);
  await expect(visitor.takenNumber(2, 'held by someone')).toBeVisible();
  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
  await stage.endHold(checkoutId);
  await shopper.page.reload();
  await shopper.seesReceipt(2, totalOf(print));
});

test('a cart whose hold ended says so, and holds the number again', async ({ shopper, print, proof, stage }) => {
  await shopper.opensPrint(print);
  await shopper.choosesNumber(2);
  await shopper.addsToCart(2);
  await stage.endCartHolds(print.slug);
  await shopper.page.goto('/cart');
  const again = shopper.page.getByRole('button', { name: 'Hold No. 2 again' });
  // The worker ends it within a turn of its loop.
  await expect(async () => {
    await shopper.page.reload();
    await expect(again).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  await again.click();
  await expect(again).toHaveCount(0);
  await shopper.checksOut();
  await shopper.fillsIn();
  await shopper.pressesPay();
  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('Pay pressed before the worker has noticed that the hold ended charges nothing either', async ({
  shopper,
  print,
  proof,
  stage,
}) => {
  const checkoutId = await shopper.isReadyToPay(print, 2);
  await stage.endHold(checkoutId);
  await shopper.pressesPay();
  await shopper.sees(HOLD_ENDED);
  await proof.nothingCharged(print);
});

test('a hold that ends while the page is looked at is told by the page itself', async ({
  shopper,
  print,
  proof,
  stage,
}) => {
  const checkoutId = await shopper.isReadyToPay(print, 2);
  await stage.endHold(checkoutId, 3_000);
  await shopper.page.reload();
  await expect(shopper.page.getByRole('timer')).toContainText(/0:0\d/);
  await shopper.sees(HOLD_ENDED);
  await proof.nothingCharged(print);
});

test('a page whose hold is over, but not ended yet, asks the shop now and then and does not storm it', async ({
  shopper,
  print,
  stage,
}) => {
  const checkoutId = await shopper.isReadyToPay(print, 2);
  await stage.endHold(checkoutId, 3_000);
  await stage.whileLocked(checkoutId, async () => {
    await shopper.page.reload();
    await expect(shopper.page.getByRole('timer')).toContainText('0:00');
    const asked = countSent(shopper.page, 'checkout.get');
    const since = performance.now();
    await expect.poll(asked, { intervals: [50] }).toBeGreaterThanOrEqual(3);
    expect(performance.now() - since, 'milliseconds for three questions').toBeGreaterThan(1_000);
  });
  await shopper.sees(HOLD_ENDED);
});
