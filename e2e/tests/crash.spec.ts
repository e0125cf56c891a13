import { type Shopper, totalOf } from '../fixtures/shopper.ts';
import type { Edition } from '../fixtures/stage.ts';
import { expect, test } from '../fixtures/test.ts';
import type { WebProcess, WebProcesses } from '../fixtures/web-process.ts';

// A web process is killed with -9 at each point of a payment, while the shopper looks at its page. The shop's worker, which
// nobody tells anything, finishes what was begun. What each point leaves behind is in docs/protocol.md.

const LEASE_MS = 2_000;

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
    webs,
  }) => {
    const web = await paysWhereItDies(shopper, print, webs, point);
    // The page has not been touched since Pay was pressed, and is not touched now.
    await webs.startAt(web.port);
    await shopper.seesReceiptForGood(2, totalOf(print));
    await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
  });
}

for (const point of ['claimed', 'committing:reserve'] as const) {
  test(`killed at ${point}, before anything was committed: nothing was charged, and Pay works`, async ({
    shopper,
    print,
    proof,
    webs,
  }) => {
    const web = await paysWhereItDies(shopper, print, webs, point);
    await webs.startAt(web.port);
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
  webs,
}) => {
  const web = await webs.start({ leaseMs: LEASE_MS });
  await isReadyToPayAt(web, shopper, print);
  await shopper.choosesCard('Slow');
  await shopper.sendsPayment();
  await expect.poll(() => db.ordersOf(print.slug), 'the payment has begun').toHaveLength(1);
  expect(await web.kill()).toMatchObject({ signal: 'SIGKILL' });

  await webs.startAt(web.port);
  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

/** @returns the process that is dead now */
async function paysWhereItDies(
  shopper: Shopper,
  print: Edition,
  webs: WebProcesses,
  crashAt: string,
): Promise<WebProcess> {
  const web = await webs.start({ crashAt, leaseMs: LEASE_MS });
  await isReadyToPayAt(web, shopper, print);
  await shopper.pressesPay();
  expect(await web.exited, 'it was really killed').toMatchObject({ signal: 'SIGKILL' });
  return web;
}

async function isReadyToPayAt(web: WebProcess, shopper: Shopper, print: Edition): Promise<void> {
  await shopper.page.goto(`${web.url}/prints/${print.slug}`);
  await shopper.choosesNumber(2);
  await shopper.addsToCart(2);
  await shopper.checksOut();
  await shopper.fillsIn();
}
