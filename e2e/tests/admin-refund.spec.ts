import { Desk } from '../fixtures/desk.ts';
import { loseNextAnswer, meet } from '../fixtures/network.ts';
import { euros, type Shopper, totalOf } from '../fixtures/shopper.ts';
import type { Edition } from '../fixtures/stage.ts';
import { expect, test } from '../fixtures/test.ts';

/** @returns the order's id */
async function buys(shopper: Shopper, print: Edition, number: number): Promise<string> {
  await shopper.isReadyToPay(print, number);
  await shopper.pressesPay();
  return await shopper.seesReceipt(number, totalOf(print));
}

test('staff find an order by its number and refund it in full, once, at a double click: the copy is for sale again', async ({
  shopper,
  visitor,
  staff,
  print,
  ledger,
  db,
}) => {
  const orderId = await buys(shopper, print, 3);
  const number =
    (await shopper.page
      .getByText(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/)
      .first()
      .textContent()) ?? '';
  const desk = new Desk(staff);
  await desk.findsOrder(number.toLowerCase());
  await staff.getByRole('link', { name: number }).click();
  await desk.isTold('They agree: 1 charge at the provider, 1 in the ledger.');

  await desk.opensRefund();
  await desk.givesReason('asked by the customer');
  await expect(desk.refundButton).toHaveText(`Refund ${euros(totalOf(print))} once`);
  await desk.refundButton.dblclick();
  await desk.isTold(`Refunded ${euros(totalOf(print))}, once.`);

  const refunds = (await ledger.rowsOf(orderId)).filter(({ kind }) => kind === 'refund');
  expect(refunds).toMatchObject([{ amount: totalOf(print) }]);
  expect((await db.postingsOf(orderId)).map(({ kind }) => kind).toSorted()).toEqual(['charge', 'refund']);
  await desk.isTold('certificate void, on sale again');
  await desk.isTold(`All of ${euros(totalOf(print))} has gone back.`);
  await desk.isTold(/Refund asked for\. staff@once\.example/);

  await visitor.opensPrint(print);
  await expect(visitor.number(3)).toBeVisible();
  await shopper.page.reload();
  await shopper.sees('Refunded in full.');
  await shopper.sees(/No\. 3 was given back, and its certificate is void\./);
  await shopper.page.goto('/orders');
  await shopper.sees('Refunded');
  await expect(shopper.page.getByText('asked by the customer')).toHaveCount(0);
});

test('an amount is given back, and then one of two prints: the other keeps its certificate', async ({
  shopper,
  staff,
  stage,
  print,
  ledger,
}) => {
  const other = await stage.hang({ priceMinor: 9_900 });
  await shopper.opensPrint(print);
  await shopper.choosesNumber(1);
  await shopper.addsToCart(1);
  await shopper.isReadyToPay(other, 4);
  await shopper.pressesPay();
  await shopper.page.waitForURL(/\/orders\//);
  const orderId = shopper.page.url().split('/').at(-1) ?? '';
  const desk = new Desk(staff);
  await desk.opensOrder(orderId);
  await desk.opensRefund();
  await desk.choosesRefund('An amount');
  const amount = staff.getByLabel('Amount', { exact: true });
  await amount.fill('9999');
  await expect(staff.getByText(`Up to ${euros(totalOf(print) + 9_900)}, such as 12.50`)).toBeVisible();
  await expect(staff.getByRole('button', { name: 'Refund … once' })).toHaveAttribute('aria-disabled', 'true');
  await amount.fill('12,50');
  await desk.givesReason('late by a week');
  await desk.refundButton.click();
  await desk.isTold('Refunded €12.50, once.');

  await desk.opensRefund();
  await desk.choosesRefund('Some prints');
  await staff.getByRole('checkbox', { name: new RegExp(other.title) }).check();
  await desk.givesReason('damaged');
  await expect(desk.refundButton).toHaveText('Refund €99.00 once');
  await desk.refundButton.click();
  await desk.isTold('Refunded €99.00, once.');

  const given = (await ledger.rowsOf(orderId)).filter(({ kind }) => kind === 'refund');
  expect(given.map((row) => row.amount)).toEqual([1_250, 9_900]);
  await shopper.page.reload();
  const certificate = (title: string) =>
    shopper.page.getByRole('region', { name: new RegExp(`Certificate, ${title}`) });
  await expect(certificate(other.title)).toContainText('this number was refunded, and is not yours any more');
  await expect(certificate(print.title)).not.toContainText('Void');
});

test('an answer that was lost, and a reload after it, are one refund: the form is as it was', async ({
  shopper,
  staff,
  print,
  ledger,
}) => {
  const orderId = await buys(shopper, print, 1);
  const desk = new Desk(staff);
  await desk.opensOrder(orderId);
  await desk.opensRefund();
  await desk.choosesRefund('An amount');
  await staff.getByLabel('Amount', { exact: true }).fill('20');
  await desk.givesReason('kept over a reload');
  await staff.reload();
  await expect(desk.reason).toHaveValue('kept over a reload');
  const lost = await loseNextAnswer(staff, 'admin.refund');
  await desk.refundButton.click();
  await desk.isTold(/No answer\. It may have been done/);
  expect(lost.count()).toBe(1);
  await staff.reload();
  await expect(desk.refundButton).toHaveText('Ask again for €20.00 once');
  await expect(desk.reason).toHaveJSProperty('readOnly', true);
  await desk.refundButton.click();
  await desk.isTold('Refunded €20.00, once.');
  expect((await ledger.rowsOf(orderId)).filter(({ kind }) => kind === 'refund')).toMatchObject([{ amount: 2_000 }]);
});

test('two of the staff at once refund once: the other is told, and shown what is left', async ({
  shopper,
  staff,
  otherStaff,
  print,
  ledger,
}) => {
  const orderId = await buys(shopper, print, 2);
  const desks = [new Desk(staff), new Desk(otherStaff)];
  for (const desk of desks) {
    await desk.opensOrder(orderId);
    await desk.opensRefund();
    await desk.choosesRefund('An amount');
    await desk.page.getByLabel('Amount', { exact: true }).fill('30');
    await desk.givesReason('they called us both');
  }
  const { met } = await meet([staff, otherStaff], 'admin.refund');
  await Promise.all(desks.map((desk) => desk.refundButton.click()));
  await met;
  const told = await Promise.all(
    desks.map(async ({ page }) => {
      const main = page.getByRole('main');
      const [did, changed] = [main.getByText('Refunded €30.00, once.'), main.getByText(/somebody else has refunded/)];
      await expect(did.or(changed).first()).toBeVisible();
      await expect(main.getByText(/€122\.00 of €152\.00 is left/)).toBeVisible();
      return (await did.count()) > 0 ? 'did' : 'changed';
    }),
  );
  expect(told.toSorted()).toEqual(['changed', 'did']);
  expect((await ledger.rowsOf(orderId)).filter(({ kind }) => kind === 'refund')).toMatchObject([{ amount: 3_000 }]);
});

test('a refund that was made at the provider is on the order’s page, and its certificate is void', async ({
  shopper,
  staff,
  print,
  provider,
}) => {
  const orderId = await buys(shopper, print, 4);
  const [intent] = await provider.intentsOf(orderId);
  await provider.refunds(intent?.id ?? '');
  await expect(async () => {
    await shopper.page.reload();
    await expect(shopper.says('Refunded in full.')).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await shopper.sees(/No\. 4 was given back, and its certificate is void\./);
  const desk = new Desk(staff);
  await desk.opensOrder(orderId);
  await desk.isTold(/Refund paid out\. provider/);
  await desk.isTold(/^They agree/);
});
