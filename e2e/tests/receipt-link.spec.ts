import type { Page } from '@playwright/test';
import { MIRA, type Shopper, totalOf } from '../fixtures/shopper.ts';
import type { Edition } from '../fixtures/stage.ts';
import { expect, test } from '../fixtures/test.ts';

const field = (page: Page) => page.getByRole('textbox', { name: 'Link to this receipt' });

async function buys(shopper: Shopper, print: Edition) {
  await shopper.isReadyToPay(print, 2);
  await shopper.pressesPay();
  const orderId = await shopper.seesReceipt(2, totalOf(print));
  return { orderId, link: await field(shopper.page).inputValue() };
}

test('the link in the mail opens the receipt where there is no cookie, to read', async ({
  shopper,
  visitor,
  print,
  db,
  mail,
  shop,
}) => {
  const { orderId, link } = await buys(shopper, print);
  await expect.poll(() => mail.of(orderId), { timeout: 20_000 }).toHaveLength(1);
  const [written = ''] = await mail.of(orderId);
  // Lines of a mail are short: a longer one goes on behind "=".
  expect(written.replaceAll('=\r\n', ''), 'the mail has the same link').toContain(link);

  const { page } = visitor;
  const answer = await page.goto(link);
  expect(answer?.headers()['referrer-policy']).toBe('no-referrer');
  expect(answer?.headers()['cache-control']).toContain('no-store');
  await expect(page.getByRole('heading', { level: 1, name: /No\. 2 is yours/ })).toBeVisible();
  await visitor.sees(MIRA.name);
  await expect(
    page
      .getByText('Same charge recognised')
      .or(page.getByText('Paid.', { exact: true }))
      .first(),
  ).toBeVisible();
  const main = page.getByRole('main');
  await expect(main.getByRole('button'), 'nothing to press but to print').toHaveText(/^Print/);
  expect(await page.context().cookies(), 'nobody becomes a guest by reading').toEqual([]);
  expect((await page.goto(`/orders/${orderId}`))?.status(), 'what the owner may do stays theirs').toBe(404);

  await page.goto(link);
  await page.getByRole('link', { name: 'Open the certificate' }).click();
  await expect(page).toHaveURL(`${link}/certificates/${print.slug}-2`);
  await expect(page.getByRole('heading', { level: 1, name: `${print.title}, No. 2 of 4` })).toBeVisible();
  await page.getByRole('link', { name: /^Back to order/ }).click();
  await expect(page).toHaveURL(link);
  for (const other of [
    `${link}x`,
    link.slice(0, -1),
    link.replace(`${orderId}.0.`, `${orderId}.1.`),
    `${shop.webUrl}/receipts/${orderId}`,
  ]) {
    expect((await page.goto(other))?.status(), other).toBe(404);
    expect((await page.goto(`${other}/certificates/${print.slug}-2`))?.status(), other).toBe(404);
  }
  expect((await db.ordersOf(print.slug)).map(({ state }) => state)).toEqual(['paid']);
});

test('a link is copied, and ended by whoever owns the order', async ({ shopper, visitor, print }) => {
  const { page } = shopper;
  const { link } = await buys(shopper, print);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy the link' }).click();
  await shopper.sees('Copied.');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);

  await page.getByRole('button', { name: 'End this link' }).dblclick();
  await shopper.sees(/will open nothing/);
  expect((await visitor.page.goto(link))?.status(), 'asked about, not ended').toBe(200);
  await page.getByRole('button', { name: 'End it, and make another' }).click();
  await shopper.sees('The old link opens nothing any more. This is the new one.');
  await expect(field(page)).not.toHaveValue(link);
  await expect(field(page)).toBeFocused();

  expect((await visitor.page.goto(link))?.status()).toBe(404);
  expect((await visitor.page.goto(await field(page).inputValue()))?.status()).toBe(200);
  await page.reload();
  expect((await visitor.page.goto(await field(page).inputValue()))?.status(), 'and it stays').toBe(200);
});
