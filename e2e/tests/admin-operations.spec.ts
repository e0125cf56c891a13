import type { Page } from '@playwright/test';
import { Desk } from '../fixtures/desk.ts';
import type { Faults } from '../fixtures/faults.ts';
import type { Kill, Mortal } from '../fixtures/kill.ts';
import { expect, test } from '../fixtures/own-shop.ts';
import { expectOpen, type Payer } from '../fixtures/payer.ts';

// Parts of the shop are killed and come back, and two people look at it meanwhile.
test.setTimeout(120_000);

/** The provider charges, and dies before anybody hears of it; there is no worker that would find out. */
async function paysAndNobodyHears(payer: Payer, { faults, kill }: { faults: Faults; kill: Kill }) {
  const worker = await kill.worker();
  await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, 'crash_after_commit');
  const provider = kill.whenProviderDies();
  expectOpen(await payer.pressesPay());
  await provider.isDead();
  return { worker, provider } satisfies Record<string, Mortal>;
}

/** From the list of those that wait to the page of this order's payment. */
async function opensPayment(page: Page, orderId: string): Promise<Desk> {
  await page.goto('/admin/operations?state=waiting');
  const row = page.getByRole('row').filter({ has: page.locator(`a[href="/admin/orders/${orderId}"]`) });
  await row.getByRole('link', { name: 'Payment' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Payment' })).toBeVisible();
  return new Desk(page);
}

test('a payment that nobody has heard of is parked, and resolved by the word of the provider: paid, once', async ({
  payer,
  staff,
  otherStaff,
  faults,
  kill,
  ledger,
}) => {
  const { worker, provider } = await paysAndNobodyHears(payer, { faults, kill });
  const orderId = payer.checkoutId;
  const desk = await opensPayment(staff, orderId);
  const other = await opensPayment(otherStaff, orderId);

  await desk.prepares(staff, 'Park', 'asking them by phone');
  await staff.getByRole('button', { name: 'Park this payment' }).click();
  await desk.isTold('Parked: no machine goes on with it until somebody wakes or resolves it.');
  await desk.isTold('needs review');
  await desk.isTold('asking them by phone');
  // Somebody whose page is older than that.
  await other.prepares(otherStaff, 'Wake', 'they are back');
  await otherStaff.getByRole('button', { name: 'Wake this payment' }).click();
  await other.isTold('Nothing was done: it is parked.');
  await other.isTold('needs review');

  const order = new Desk(otherStaff);
  await order.opensOrder(orderId);
  await order.isTold('The provider does not answer. This is our ledger alone.');
  await order.isTold(/still under way: there may be nothing to give back/);
  await expect(otherStaff.getByRole('button', { name: 'Refund…' })).toHaveCount(0);

  await desk.prepares(staff, 'Resolve by the provider’s word', 'they say that it was paid');
  const resolve = staff.getByRole('button', { name: 'Ask the provider, and end this payment' });
  await resolve.click();
  await desk.isTold(/The shop or the provider does not answer just now/);
  await provider.comesBack();
  await resolve.click();
  await desk.isTold('Resolved: it has succeeded.');
  await desk.isTold('It is settled: nothing moves it any more.');

  await order.opensOrder(orderId);
  await order.isTold('Charged once');
  await order.isTold('They agree: 1 charge at the provider, 1 in the ledger.');
  await order.isTold('they say that it was paid');
  expect(await ledger.chargesOf(orderId)).toHaveLength(1);
  await staff.goto('/admin');
  await expect(staff.getByRole('heading', { level: 1, name: /^([\d,]+) orders paid, \1 charges$/ })).toBeVisible();
  await worker.comesBack();
  await payer.isToldInTheEnd('paid');
});

test('a parked payment that is woken is finished by the worker', async ({
  payer,
  staff,
  faults,
  kill,
  proof,
  print,
}) => {
  const { worker, provider } = await paysAndNobodyHears(payer, { faults, kill });
  const desk = await opensPayment(staff, payer.checkoutId);
  await desk.prepares(staff, 'Park', 'their status page is red');
  await staff.getByRole('button', { name: 'Park this payment' }).click();
  await desk.isTold('needs review');
  await provider.comesBack();
  await worker.comesBack();
  expect(await payer.status()).toMatchObject({ answer: 'needs_review' });
  await staff.goto('/admin/operations');
  await staff.getByRole('link', { name: 'Payment' }).first().click();
  await desk.prepares(staff, 'Wake', 'their status page is green');
  await staff.getByRole('button', { name: 'Wake this payment' }).click();
  await desk.isTold('Due now: the worker goes on with it within a second.');
  await payer.isToldInTheEnd('paid');
  await proof.soldOnce({ print, numbers: [payer.number], totalMinor: print.priceMinor + 1_200 });
});
