import { countSent, dropNetworkAfterNext, hangEvery, loseEveryAnswer, loseNextAnswer } from '../fixtures/network.ts';
import { type Shopper, totalOf } from '../fixtures/shopper.ts';
import type { Edition } from '../fixtures/stage.ts';
import { expect, test } from '../fixtures/test.ts';

test('the answer to Pay is lost after the shop has committed: the page finds out by itself', async ({
  shopper,
  print,
  proof,
}) => {
  await shopper.isReadyToPay(print, 3);
  const lost = await loseNextAnswer(shopper.page, 'checkout.pay');
  await shopper.pressesPay();

  await shopper.seesReceiptForGood(3, totalOf(print));
  expect(lost.count(), 'an answer was lost').toBe(1);
  await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
});

test('the answer to Pay is lost and so is what comes after it: the page says so, and a reload shows the receipt', async ({
  shopper,
  print,
  proof,
}) => {
  await hearsNothing(shopper, print);
  await shopper.page.unrouteAll({ behavior: 'ignoreErrors' });
  await shopper.page.reload();
  await shopper.seesReceiptForGood(3, totalOf(print));
  await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
});

test('asking again after a lost answer sends the same payment, not a new one', async ({ shopper, print, proof }) => {
  const sent = countSent(shopper.page, 'checkout.pay');
  await hearsNothing(shopper, print);
  await shopper.page.getByRole('button', { name: 'Ask again now' }).click();

  await shopper.seesReceipt(3, totalOf(print));
  expect(sent(), 'the payment sent twice').toBe(2);
  await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
});

test('a payment that never arrived is sent again after a reload, exactly as it was kept', async ({
  shopper,
  print,
  proof,
}) => {
  const { page } = shopper;
  const sent: (string | null)[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/trpc/checkout.pay')) sent.push(request.postData());
  });
  await shopper.isReadyToPay(print, 3);
  await page.route('**/api/trpc/checkout.pay**', (route) => route.abort('connectionrefused'), { times: 1 });
  await shopper.pressesPay();
  await shopper.sees('The connection dropped after you pressed Pay.');
  await page.reload();
  await proof.nothingCharged(print);

  await shopper.pressesPay();
  await shopper.seesReceiptForGood(3, totalOf(print));
  expect(sent).toHaveLength(2);
  expect(sent[1], 'the same key, card and total').toBe(sent[0]);
  await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
});

test('a press that cannot reach the shop says so at once, however long the shop leaves the next question open', async ({
  shopper,
  print,
  proof,
}) => {
  const sent = countSent(shopper.page, 'checkout.pay');
  await shopper.isReadyToPay(print, 3);
  await shopper.page.route('**/api/trpc/checkout.testToken**', (route) => route.abort('connectionrefused'), {
    times: 1,
  });
  await hangEvery(shopper.page, 'checkout.status');
  await shopper.pressesPay();
  await shopper.sees('We could not reach the shop. Nothing was sent.');
  expect(sent()).toBe(0);
  await proof.nothingCharged(print);

  await shopper.page.unrouteAll({ behavior: 'ignoreErrors' });
  await shopper.pressesPay();
  await shopper.seesReceiptForGood(3, totalOf(print));
  await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
});

test('an answer that says no is lost: the page finds out that the card was declined', async ({
  shopper,
  print,
  proof,
}) => {
  await shopper.isReadyToPay(print, 3, 'Declined');
  const lost = await loseNextAnswer(shopper.page, 'checkout.pay');
  await shopper.pressesPay();
  await shopper.sees('Your card was declined. You were not charged.');
  expect(lost.count()).toBe(1);
  await proof.nothingCharged(print);

  await shopper.choosesCard('Pays');
  await shopper.pressesPay();
  await shopper.seesReceiptForGood(3, totalOf(print));
  await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
});

test('offline before Pay: nothing is sent, what was typed is kept, and Pay works again online', async ({
  shopper,
  print,
  proof,
}) => {
  const sent = countSent(shopper.page, 'checkout.pay');
  await shopper.isReadyToPay(print, 3);
  const { page } = shopper;
  await page.context().setOffline(true);
  const offline = page.getByRole('button', { name: /^(Offline|Pay €)/ });
  await expect(offline).toHaveAttribute('aria-disabled', 'true');
  await offline.click({ force: true });
  await shopper.sees('You are offline. Nothing was sent.');
  expect(sent()).toBe(0);
  await shopper.seesWhatWasTyped();
  await proof.nothingCharged(print);

  await page.context().setOffline(false);
  await expect(shopper.payButton).not.toHaveAttribute('aria-disabled', 'true');
  await shopper.pressesPay();
  await shopper.seesReceiptForGood(3, totalOf(print));
  expect(sent()).toBe(1);
  await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
});

test('the network drops while the bank is asked: the page says so, and shows the receipt once it is back', async ({
  shopper,
  print,
  proof,
  db,
}) => {
  const checkoutId = await shopper.isReadyToPay(print, 3, 'Slow');
  await dropNetworkAfterNext(shopper.page, 'checkout.pay', async () => {
    await expect.poll(() => db.attemptsOf(checkoutId), 'the payment has begun').toHaveLength(1);
  });
  await shopper.pressesPay();
  await shopper.sees('The connection dropped after you pressed Pay.');
  await shopper.page.context().setOffline(false);

  await shopper.seesReceiptForGood(3, totalOf(print));
  await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
});

test('a reload keeps what was typed', async ({ shopper, print, proof }) => {
  await shopper.isReadyToPay(print, 3);
  await shopper.page.reload();
  await shopper.seesWhatWasTyped();
  await proof.nothingCharged(print);
});

/** The answer to Pay is lost after the shop has committed, and so is everything that the page asks then. */
async function hearsNothing(shopper: Shopper, print: Edition): Promise<void> {
  await shopper.isReadyToPay(print, 3);
  const lost = await loseNextAnswer(shopper.page, 'checkout.pay');
  await loseEveryAnswer(shopper.page, 'checkout.status');
  await shopper.pressesPay();
  await shopper.sees('The connection dropped after you pressed Pay.');
  expect(lost.count(), 'an answer was lost').toBe(1);
}
