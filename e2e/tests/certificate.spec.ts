import { MIRA, totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

test('each copy has a certificate of its own, to print, for its owner alone', async ({ shopper, visitor, print }) => {
  const { page } = shopper;
  await shopper.isReadyToPay(print, 2);
  await shopper.pressesPay();
  const orderId = await shopper.seesReceipt(2, totalOf(print));
  await page.getByRole('link', { name: 'Open the certificate' }).click();

  await expect(page).toHaveURL(`/orders/${orderId}/certificates/${print.slug}-2`);
  await expect(page.getByRole('heading', { level: 1, name: `${print.title}, No. 2 of 4` })).toBeVisible();
  await shopper.sees(MIRA.name);
  await expect(page.getByText('Void since')).toHaveCount(0);

  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect(page.getByRole('banner'), 'nothing to press on paper').toBeHidden();
  await expect(page.getByRole('button', { name: 'Print the certificate' })).toBeHidden();
  await expect(page.locator('html'), 'ink on white').toHaveCSS('color-scheme', 'light');

  for (const copy of [`${print.slug}-2`, `${print.slug}-3`, 'lee-shore-1', 'x']) {
    const answer = await visitor.page.goto(`/orders/${orderId}/certificates/${copy}`);
    expect(answer?.status(), copy).toBe(404);
    await expect(visitor.page.getByText(MIRA.name)).toHaveCount(0);
  }
  expect((await page.goto(`/orders/${orderId}/certificates/${print.slug}-3`))?.status(), 'a copy not bought').toBe(404);
});

test('an order that is not paid has no certificate', async ({ shopper, print }) => {
  const checkoutId = await shopper.isReadyToPay(print, 2, 'Declined');
  await shopper.pressesPay();
  await shopper.sees('Your card was declined. You were not charged.');
  const answer = await shopper.page.goto(`/orders/${checkoutId}/certificates/${print.slug}-2`);
  expect(answer?.status()).toBe(404);
});

test('a certificate is void once the money went back', async ({ shopper, print, provider, db }) => {
  const { page } = shopper;
  await shopper.isReadyToPay(print, 2);
  await shopper.pressesPay();
  const orderId = await shopper.seesReceipt(2, totalOf(print));
  const [intent] = await provider.intentsOf(orderId);
  await provider.refunds(intent?.id ?? '');
  await expect.poll(async () => (await db.ordersOf(print.slug))[0]?.state).toBe('refunded');

  await page.goto(`/orders/${orderId}`);
  await shopper.sees('Refunded in full.');
  await page.getByRole('link', { name: 'certificate void' }).click();
  await shopper.sees(/^Void since/);
  await expect(page.getByRole('heading', { level: 1, name: `${print.title}, No. 2 of 4` })).toBeVisible();
});
