import type { Kill, Mortal } from '../fixtures/kill.ts';
import { expect, test } from '../fixtures/own-shop.ts';
import { type Shopper, totalOf } from '../fixtures/shopper.ts';
import type { Edition } from '../fixtures/stage.ts';

// A web process is killed with -9 at each point of a payment, while the shopper looks at its page. The shop's worker, which
// nobody tells anything, finishes what was begun. What each point leaves behind is in docs/protocol.md.

/** Something of the payment was committed before the kill, so it goes on without the process that began it. */
const BEGUN = [
  { point: 'committed:reserve', left: 'an order that has sent nothing' },
  { point: 'sending:intend', left: 'an order about to tell the provider' },
  { point: 'answered:intend', left: 'an intent that the order does not know' },
  { point: 'committing:remember', left: 'an intent that was about to be remembered' },
  { point: 'committed:remember', left: 'an intent that is remembered' },
  { point: 'sending:confirm', left: 'a charge about to be made' },
  { point: 'answered:confirm', left: 'a charge that the order does not know' },
  { point: 'committing:settle', left: 'a charge that was about to be settled' },
  { point: 'committed:settle', left: 'a paid order whose answer was never given' },
] as const;

for (const { point, left } of BEGUN) {
  test(`killed at ${point}, leaving ${left}: the page shows the receipt, and there is one charge`, async ({
    shopper,
    print,
    proof,
    kill,
  }) => {
    const web = await paysWhereItDies(shopper, print, kill, point);
    // The page has not been touched since Pay was pressed, and is not touched now.
    await web.comesBack();
    await shopper.seesReceiptForGood(2, totalOf(print));
    await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
  });
}

for (const point of ['claimed', 'committing:reserve'] as const) {
  test(`killed at ${point}, before anything was committed: nothing was charged, and Pay works`, async ({
    shopper,
    print,
    proof,
    kill,
  }) => {
    const web = await paysWhereItDies(shopper, print, kill, point);
    await web.comesBack();
    await proof.nothingCharged(print);
    await shopper.page.reload();
    await shopper.pressesPay();
    await shopper.seesReceiptForGood(2, totalOf(print));
    await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
  });
}

test('killed while the bank takes its time: the page shows the receipt, and there is one charge', async ({
  shopper,
  print,
  proof,
  db,
  kill,
}) => {
  await shopper.isReadyToPay(print, 2, 'Slow');
  await shopper.sendsPayment();
  await expect.poll(() => db.ordersOf(print.slug), 'the payment has begun').toHaveLength(1);
  const web = await kill.web();
  await web.isDead();
  await web.comesBack();
  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

/** @returns the process that is dead now */
async function paysWhereItDies(shopper: Shopper, print: Edition, kill: Kill, point: string): Promise<Mortal> {
  const web = await kill.web({ at: point });
  await shopper.isReadyToPay(print, 2);
  await shopper.pressesPay();
  await web.isDead();
  return web;
}
