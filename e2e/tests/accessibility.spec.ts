import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { LOOKS, lookAs } from '../fixtures/looks.ts';
import { totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** The first prints on the wall stand for all of them: the others are the same element again. */
const MORE_OF_THE_SAME = '.hang > :nth-child(n + 9)';

/** Day and night differ in colours alone, so each width gets all rules once and the contrast of both. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  '390-dark': ['color-contrast'],
  '1280-light': ['color-contrast'],
};

test.setTimeout(120_000);

/** No finding of axe, and nothing that sticks out sideways, on a phone and at a desk, by day and by night. */
async function isAccessible(page: Page, what: string): Promise<void> {
  for (const look of LOOKS) {
    await test.step(`${what}, ${look.name}`, async () => {
      await lookAs(page, look);
      expect.soft(await findings(page, RULES[look.name]), `${what}, ${look.name}`).toEqual([]);
      const tooWide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect.soft(tooWide, `${what}, ${look.name}: pixels to scroll sideways`).toBeLessThanOrEqual(0);
    });
  }
}

async function findings(page: Page, rules: readonly string[] = []): Promise<string[]> {
  const axe = new AxeBuilder({ page }).exclude(MORE_OF_THE_SAME);
  const { violations } = await (rules.length > 0 ? axe.withRules([...rules]) : axe.withTags(WCAG_22_AA)).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

test('prints can be looked at by everybody', async ({ shopper, stage, print }) => {
  const { page } = shopper;
  const soldOut = await stage.hang({ copies: 3, sold: [1, 2, 3] });
  await page.goto('/');
  await isAccessible(page, 'the catalogue');
  await page.goto('/?q=lee+shoer&paper=light&sort=price');
  await isAccessible(page, 'prints that are close to what was searched');
  await page.goto('/?q=seascape+in+oil');
  await isAccessible(page, 'a search that found nothing');
  await shopper.opensPrint(print);
  await isAccessible(page, 'a print');
  await shopper.opensPrint(soldOut);
  await isAccessible(page, 'a sold out print');
});

test('a print of many copies, and a page that is not there, can be looked at by everybody', async ({ page, stage }) => {
  const large = await stage.hang({ copies: 300, sold: [1, 2, 3] });
  await page.goto(`/prints/${large.slug}`);
  await isAccessible(page, 'a print of three hundred copies');
  await page.goto('/no-such-page');
  await isAccessible(page, 'a page that is not there');
});

test('the cart can be used by everybody', async ({ shopper, print }) => {
  const { page } = shopper;
  await page.goto('/cart');
  await isAccessible(page, 'an empty cart');
  await shopper.opensPrint(print);
  await shopper.choosesNumber(2);
  await shopper.addsToCart(2);
  await isAccessible(page, 'the cart beside the page');
  await page.goto('/cart');
  await isAccessible(page, 'the cart');
});

test('the checkout can be used by everybody', async ({ shopper, print }) => {
  const { page } = shopper;
  await shopper.opensPrint(print);
  await shopper.addsToCart(1);
  await shopper.checksOut();
  await page.getByLabel('Country').selectOption({ label: 'Italy' });
  await isAccessible(page, 'the checkout');
  await page.getByLabel('Country').selectOption({ label: 'Germany' });
  await shopper.pressesPay();
  await shopper.sees(/fields need a correction. Nothing was sent./);
  await isAccessible(page, 'the checkout with fields to correct');
  await shopper.fillsIn();
  await shopper.choosesCard('Declined');
  await shopper.pressesPay();
  await shopper.sees('Your card was declined. You were not charged.');
  await isAccessible(page, 'a declined card');
});

test('orders can be read by everybody', async ({ shopper, print }) => {
  const { page } = shopper;
  await page.goto('/orders');
  await isAccessible(page, 'no orders yet');
  await shopper.isReadyToPay(print, 2);
  await shopper.pressesPay();
  await shopper.seesReceipt(2, totalOf(print));
  await isAccessible(page, 'an order');
  await page.goto(await page.getByRole('textbox', { name: 'Link to this receipt' }).inputValue());
  await isAccessible(page, 'a receipt that was opened by its link');
  await page.getByRole('link', { name: 'Open the certificate' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /No\. 2 of 4/ })).toBeVisible();
  await isAccessible(page, 'a certificate');
  await page.goto('/orders');
  await shopper.sees(print.title);
  await isAccessible(page, 'orders');
});

test('a payment under way can be followed by everybody', async ({ shopper, print }) => {
  await shopper.isReadyToPay(print, 2, 'Slow');
  await shopper.pressesPay();
  await expect(shopper.busyButton).toBeVisible();
  // One look only: the bank does not wait for axe.
  expect(await findings(shopper.page)).toEqual([]);
  await shopper.seesReceipt(2, totalOf(print));
});

test('an account can be made and used by everybody', async ({ page, staff }) => {
  await page.goto('/sign-in/new');
  await page.getByRole('button', { name: 'Create the account' }).click();
  await expect(page.getByLabel('Email')).toBeFocused();
  await isAccessible(page, 'fields to correct');
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill('nobody@example.org');
  await page.getByLabel('Password').fill('not this one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('do not go together')).toBeVisible();
  await isAccessible(page, 'a wrong password');
  await staff.goto('/account');
  await isAccessible(staff, 'an account');
});

test('the back office can be used by everybody', async ({ shopper, staff, print, stage }) => {
  await shopper.isReadyToPay(print, 2);
  await shopper.pressesPay();
  const orderId = await shopper.seesReceipt(2, totalOf(print));
  await stage.parksEvent('pi_of_nobody');
  await stage.killsLetter(orderId);
  await stage.differs(`ch_of_${print.slug.replace('-', '_')}`, orderId);
  // Lists that act, a table, charts, and the front page when it is loud: the other rooms are made of the same parts.
  for (const room of ['', '/orders', '/events', '/differences', '/figures', '/audit']) {
    await staff.goto(`/admin${room}`);
    await isAccessible(staff, `/admin${room}`);
  }
});

test('orders, refunds and promotions can be worked on by everybody', async ({ shopper, staff, print }) => {
  await shopper.isReadyToPay(print, 2);
  await shopper.pressesPay();
  const orderId = await shopper.seesReceipt(2, totalOf(print));
  await staff.goto(`/admin/orders/${orderId}`);
  await expect(staff.getByText(/^They agree/)).toBeVisible();
  await isAccessible(staff, 'an order of the back office');
  await staff.getByRole('button', { name: 'Refund…' }).click();
  await staff.getByRole('radio', { name: 'An amount' }).check();
  await staff.getByLabel('Amount', { exact: true }).fill('999');
  await isAccessible(staff, 'a refund of too much');
  await staff.getByRole('link', { name: 'Payment' }).click();
  await staff.waitForURL(/\/admin\/operations\//);
  await isAccessible(staff, 'an operation');
  await staff.goto('/admin/promotions');
  await staff.getByRole('button', { name: 'Create a code…' }).click();
  await isAccessible(staff, 'a new promotion');
});
