import type { Page } from '@playwright/test';
import { Keyboard } from '../fixtures/keyboard.ts';
import { expect, test } from '../fixtures/test.ts';

const field = (page: Page) => page.getByRole('searchbox', { name: 'Search prints and studios' });
const filter = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Filters' }).getByRole('link', { name });
const work = (page: Page, title: string) => page.getByRole('main').getByRole('link', { name: title, exact: true });
const count = (page: Page) => page.getByRole('main').getByRole('status');
/** Of an answered search: the page says how many there are. */
const titles = async (page: Page) => await page.getByRole('article').getByRole('heading').allTextContents();

test('a print is found while its name is typed, with a typing error too, and the address keeps the search', async ({
  page,
}) => {
  await page.goto('/');
  await field(page).pressSequentially('lee shoer');
  await expect(count(page)).toHaveText(/^Nothing has exactly “lee shoer”. Close to it: 1 print, \d+ copies left$/);
  await expect(work(page, 'Lee Shore')).toBeVisible();
  await expect(page).toHaveURL('/?q=lee+shoer');
  await expect(field(page)).toBeFocused();

  await page.reload();
  await expect(field(page)).toHaveValue('lee shoer');
  await expect(work(page, 'Lee Shore')).toBeVisible();
});

test('Back and Forward go through what was asked for, one step for each search and filter', async ({ page }) => {
  await page.goto('/');
  await field(page).fill('plotter');
  await expect(page).toHaveURL('/?q=plotter');
  await filter(page, 'Dark paper').click();
  await expect(page).toHaveURL('/?q=plotter&paper=dark');
  await expect(count(page)).toHaveText(/^3 prints/);
  await expect(filter(page, 'Dark paper')).toHaveAttribute('aria-current', 'true');
  await page.getByRole('combobox', { name: 'Sort' }).selectOption('Highest price');
  await expect(page).toHaveURL('/?q=plotter&paper=dark&sort=price-down');
  await expect.poll(() => titles(page)).toEqual(['Return Journey', 'Night Bus over Hills', 'Slow Weather']);

  await page.goBack();
  await page.goBack();
  await expect(page).toHaveURL('/?q=plotter');
  await expect(field(page)).toHaveValue('plotter');
  await expect(count(page)).toHaveText(/^5 prints/);
  await page.goBack();
  await expect(field(page)).toHaveValue('');
  await page.goForward();
  await page.goForward();
  await expect(field(page)).toHaveValue('plotter');
  await expect(count(page)).toHaveText(/^3 prints/);
});

test('filters add up, are taken away by the press that set them, and the page stays where it is', async ({ page }) => {
  await page.goto('/?q=ferrywell');
  await filter(page, 'Over €150').click();
  // Filters are links, each to what is shown with it: the next one is pressed on the page that the first has led to.
  await expect(page).toHaveURL('/?q=ferrywell&price=over-150');
  await filter(page, 'Fewer than 10 left').click();
  await expect(page).toHaveURL('/?q=ferrywell&price=over-150&left=few');
  await expect.poll(() => titles(page)).toEqual(['Quarry, Morning', 'Rooms to Let']);
  await filter(page, 'Over €150').click();
  await expect(page).toHaveURL('/?q=ferrywell&left=few');
  await filter(page, 'All').click();
  await expect(page).toHaveURL('/?q=ferrywell');
});

test('a search that finds nothing says so, and offers a way on', async ({ page }) => {
  await page.goto('/?q=quarry&paper=light');
  await expect(page.getByRole('heading', { name: 'No print matches “quarry” with these filters.' })).toBeVisible();
  await page.getByRole('link', { name: 'Search without filters' }).click();
  await expect(work(page, 'Quarry, Morning')).toBeVisible();
  await page.goto('/?q=seascape+in+oil');
  await expect(count(page)).toHaveText('No prints');
  await page.getByRole('link', { name: 'Show all prints' }).click();
  await expect(page).toHaveURL('/');
  await expect(field(page)).toHaveValue('');
});

test('with the keyboard alone: search, filter, open a print', async ({ page }) => {
  const keys = new Keyboard(page);
  await page.goto('/');
  await keys.tabTo(field(page));
  await keys.type('weather');
  await keys.press('Enter');
  await expect(page).toHaveURL('/?q=weather');
  await keys.tabTo(filter(page, 'Dark paper'));
  await keys.press('Enter');
  await expect(page).toHaveURL('/?q=weather&paper=dark');
  await expect(filter(page, 'Dark paper')).toBeFocused();
  await keys.tabTo(work(page, 'Slow Weather'));
  await keys.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Slow Weather' })).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the catalogue is searched, filtered and sorted, and a print is read in full', async ({ page, print }) => {
    await page.goto('/');
    await expect(work(page, print.title)).toBeVisible();
    await field(page).fill('lee shoer');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(count(page)).toHaveText(/1 print,/);
    await filter(page, 'Light paper').click();
    await page.getByRole('combobox', { name: 'Sort' }).selectOption('Lowest price');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page).toHaveURL('/?paper=light&q=lee+shoer&sort=price');

    await work(page, 'Lee Shore').click();
    await expect(page.getByRole('heading', { level: 1, name: 'Lee Shore' })).toBeVisible();
    await expect(page.getByRole('main').getByText('€140.00')).toBeVisible();
    await expect(page.getByRole('radio', { name: 'No. 18', exact: true })).toBeVisible();
    await expect(page.getByText('To put a print into the cart this page needs JavaScript')).toBeVisible();
    await expect(page.getByRole('heading', { level: 2, name: 'You may also like' })).toBeVisible();
  });
});

const HOSTILE = [
  `q=${'%F0%9F%8E%A8'.repeat(500)}`,
  'q=%00%01%1b',
  'q=%25_%27%22%3B--&sort=%27&paper=%00',
  'q=%3Cscript%3Ealert(1)%3C%2Fscript%3E',
  'q=a&q=b&paper=light&paper=dark&page=2&page=-1',
  'page=99999999999999999999',
  'page=9999',
  'page=1e9&sort=__proto__&left=constructor&price=toString',
  'q[]=x&paper[dark]=1',
  'q=%ED%A0%80%ff',
];

test('hostile addresses get a page that reads well, and nothing of theirs is run', async ({ page }) => {
  const errors: Error[] = [];
  page.on('pageerror', (error) => errors.push(error));
  page.on('dialog', (dialog) => errors.push(new Error(dialog.message())));
  for (const query of HOSTILE) {
    await test.step(query.slice(0, 60), async () => {
      const answer = await page.goto(`/?${query}`);
      expect(answer?.status()).toBe(200);
      await expect(count(page)).toHaveText(/print/);
    });
  }
  expect(errors).toEqual([]);
});

test.describe('a print whose name nobody expected', () => {
  const NAMES = [
    'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsurkunde',
    'المدينة التي رسمتها المياه ثم امتلأت بعد ذلك',
    '🌊👩🏽‍🚀 <b>“Ébène” & Söhne</b> 🏳️‍🌈',
  ];
  for (const [index, width] of [320, 640].entries()) {
    // A window of 640 pixels at 200 % has 320 to draw on, each of them twice as large.
    test(`fits ${index === 0 ? '320 pixels' : 'a small window at 200 %'}`, async ({ browser, baseURL, stage }) => {
      const context = await browser.newContext({
        viewport: { width: 320, height: width === 640 ? 360 : 568 },
        deviceScaleFactor: width / 320,
        ...(baseURL && { baseURL }),
      });
      const page = await context.newPage();
      for (const title of NAMES) {
        const print = await stage.hang({ title, copies: 120 });
        for (const path of ['/', `/?q=${encodeURIComponent(title)}`, `/prints/${print.slug}`]) {
          await page.goto(path);
          await expect(page.getByText(title).first()).toBeVisible();
          const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(tooWide, `${path}: pixels to scroll sideways`).toBeLessThanOrEqual(0);
        }
      }
      await context.close();
    });
  }
});

test('a number that goes to somebody else while one looks at it is said to be gone', async ({
  shopper,
  visitor,
  print,
}) => {
  await shopper.opensPrint(print);
  await shopper.choosesNumber(2);
  await visitor.opensPrint(print);
  await visitor.choosesNumber(2);
  await visitor.addsToCart(2);
  // Nobody loads anything: the page asks by itself.
  await shopper.sees('No. 2 went to somebody else a moment ago. No. 3 is chosen now.');
  await expect(shopper.takenNumber(2, 'held by someone')).toBeVisible();
  await expect(shopper.number(3)).toBeChecked();
});

test('in an edition of hundreds a number is chosen by typing it', async ({ shopper, stage }) => {
  const print = await stage.hang({ copies: 500, sold: [417] });
  await shopper.opensPrint(print);
  const { page } = shopper;
  const type = page.getByLabel('Or type a number');
  await type.fill('418');
  await expect(page.getByText('No. 418 is chosen')).toBeVisible();
  await expect(shopper.number(418)).toBeChecked();
  await type.fill('417');
  await expect(page.getByText('No. 417 is sold')).toBeVisible();
  await expect(shopper.number(418), 'the choice stays').toBeChecked();
  await type.fill('900');
  await expect(page.getByText('There is no No. 900')).toBeVisible();
  await shopper.addsToCart(418);
});
