import { MIRA, totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

test('the address follows its country: its parts, their names, what is needed and what a postcode looks like', async ({
  shopper,
  print,
  db,
}) => {
  const { page } = shopper;
  await shopper.isReadyToPay(print, 2);
  const country = page.getByLabel('Country');
  await expect(page.getByLabel(/Province|County/)).toHaveCount(0);
  await country.selectOption({ label: 'Ireland' });
  await expect(page.getByLabel('Eircode')).toHaveValue(MIRA.postcode);
  await expect(page.getByLabel('County (optional)')).toHaveAttribute('autocomplete', 'shipping address-level1');

  await country.selectOption({ label: 'Italy' });
  await page.getByLabel('Postcode').fill('0011');
  await shopper.pressesPay();
  const summary = page.getByRole('alert').filter({ hasText: 'Two fields need a correction' });
  await expect(summary).toBeFocused();
  await expect(page.getByLabel('Postcode')).toHaveAccessibleDescription('Write it like 00118.');
  await summary.getByRole('link', { name: 'Province: enter your province.' }).click();
  await expect(page.getByLabel('Province')).toBeFocused();
  await page.getByLabel('Province').fill('RM');
  await page.getByLabel('Postcode').fill('00118');
  await shopper.field('city').fill('Roma');
  await shopper.pressesPay();

  const orderId = await shopper.seesReceiptForGood(2, totalOf(print));
  await shopper.sees('00118 Roma RM');
  expect(await db.addressOf(orderId)).toEqual({ postalCode: '00118', city: 'Roma', region: 'RM', country: 'IT' });
});

test('what was typed outlives the tab, the guest and the checkout, and is forgotten once it is bought', async ({
  shopper,
  context,
  print,
}) => {
  await shopper.isReadyToPay(print, 2);
  await shopper.page.getByLabel('Country').selectOption({ label: 'Spain' });
  await shopper.page.getByLabel('Province').fill('Madrid');
  const kept = await shopper.page.evaluate(() => Object.values(localStorage).join());
  expect(kept).toContain('"region"');
  expect(kept, 'never what is paid with').not.toContain('"card"');

  await context.clearCookies();
  await shopper.opensPrint(print);
  await shopper.choosesNumber(3);
  await shopper.addsToCart(3);
  await shopper.checksOut();
  await expect(shopper.page.getByLabel('Province')).toHaveValue('Madrid');
  await shopper.seesWhatWasTyped();
  await shopper.field('postcode').fill('28001');
  await shopper.pressesPay();
  await shopper.seesReceipt(3, totalOf(print));
  expect(await shopper.page.evaluate(() => localStorage.getItem('once.draft'))).toBeNull();
});

test('a promotion code that was typed and not applied is not paid without', async ({ shopper, print, proof }) => {
  const { page } = shopper;
  await shopper.isReadyToPay(print, 2);
  const code = page.getByLabel('Promotion code (optional)');
  await code.fill('NO-SUCH-CODE');
  await shopper.pressesPay();
  await expect(code).toBeFocused();
  await expect(code).toHaveAccessibleDescription(/This code cannot be used/);
  await proof.nothingCharged(print);
  await code.fill('');
  await shopper.pressesPay();
  await shopper.seesReceipt(2, totalOf(print));
});
