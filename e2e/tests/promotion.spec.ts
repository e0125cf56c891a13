import { randomUUID } from 'node:crypto';
import { Desk } from '../fixtures/desk.ts';
import { euros, totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

const aCode = () => `E2E${randomUUID().slice(0, 8)}`.toUpperCase();

test('a promotion code takes its share off at the checkout, and is paid so', async ({
  shopper,
  print,
  stage,
  ledger,
}) => {
  const code = aCode();
  await stage.offers(code, 25);
  const orderId = await shopper.isReadyToPay(print, 2);
  const field = shopper.page.getByLabel('Promotion code (optional)');
  await field.fill('NO-SUCH-CODE');
  await field.press('Enter');
  await shopper.sees('This code cannot be used.');
  await field.fill(code.toLowerCase());
  await shopper.page.getByRole('button', { name: 'Apply' }).click();
  await shopper.sees(`Code ${code}: 25 % off the prints.`);
  const reduced = totalOf(print) - print.priceMinor / 4;
  await expect(shopper.payButton).toHaveText(`Pay ${euros(reduced)}`);

  await shopper.page.getByRole('button', { name: 'Take it off' }).click();
  await expect(shopper.payButton).toHaveText(`Pay ${euros(totalOf(print))}`);
  await field.fill(code);
  await field.press('Enter');
  await expect(shopper.payButton).toHaveText(`Pay ${euros(reduced)}`);
  await shopper.pressesPay();
  await shopper.seesReceiptForGood(2, reduced);
  expect(await ledger.chargesOf(orderId)).toMatchObject([{ amount: reduced }]);
});

test('staff make a code and end it: what is typed is kept over a reload, and an ended code cannot be used', async ({
  staff,
  shopper,
  print,
}) => {
  const code = aCode();
  const desk = new Desk(staff);
  await staff.goto('/admin/promotions');
  await staff.getByRole('button', { name: 'Create a code…' }).click();
  await staff.getByLabel('Code', { exact: true }).fill(code.toLowerCase());
  await staff.getByLabel('Per cent off').fill('10');
  await staff.getByLabel('Uses').fill('3');
  await staff.reload();
  await expect(staff.getByLabel('Code', { exact: true })).toHaveValue(code.toLowerCase());
  await desk.givesReason('for the opening');
  await staff.getByRole('button', { name: `Create ${code}` }).dblclick();
  await desk.isTold(`${code} can be used now.`);
  const row = desk.row(code);
  await expect(row).toContainText('10 % off');

  await shopper.isReadyToPay(print, 1);
  const field = shopper.page.getByLabel('Promotion code (optional)');
  await field.fill(code);
  await field.press('Enter');
  await shopper.sees(`Code ${code}: 10 % off the prints.`);

  await desk.prepares(row, 'End', 'the opening is over');
  await row.getByRole('button', { name: `End ${code} now` }).click();
  await desk.isTold('Ended. Orders that have used it keep their price.');
  await expect(row).toContainText('ended');
  await shopper.pressesPay();
  await shopper.sees('Your code cannot be used any more. You were not charged.');
});
