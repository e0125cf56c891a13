import type { Page } from '@playwright/test';
import { Shopper, totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

const DAY_MS = 24 * 3_600_000;

/** What a browser does with storage that is full, or that may not be used at all. */
const STORAGE: readonly [how: string, refuse: () => void][] = [
  [
    'is full',
    () => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
    },
  ],
  [
    'is refused',
    () => {
      for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(globalThis, name, {
          get() {
            throw new DOMException('refused', 'SecurityError');
          },
        });
      }
    },
  ],
];

for (const [how, refuse] of STORAGE) {
  test(`storage that ${how}: a refusal, then a payment whose answer is lost, is one charge`, async ({
    shopper,
    print,
    proof,
  }) => {
    await shopper.page.addInitScript(refuse);
    await shopper.isReadyToPay(print, 2, 'Declined');
    await shopper.pressesPay();
    await shopper.sees('Your card was declined. You were not charged.');
    await shopper.choosesCard('Pays');
    await shopper.page.route('**/api/trpc/checkout.pay**', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await shopper.pressesPay();
    await shopper.seesReceipt(2, totalOf(print));
    await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
  });
}

test('cookies that are refused: the shop says so as soon as something was to be kept', async ({ shopper, print }) => {
  const { page } = shopper;
  await page.addInitScript(() => Object.defineProperty(navigator, 'cookieEnabled', { get: () => false }));
  await page.route('**/api/trpc/cart.add**', async (route) => {
    const answer = await route.fetch();
    const { 'set-cookie': _, ...headers } = answer.headers();
    await route.fulfill({ response: answer, headers });
    await page.context().clearCookies();
  });
  await shopper.opensPrint(print);
  await shopper.addButton(1).click();
  await expect(shopper.cartDrawer.getByRole('alert')).toContainText('This browser refuses our cookie');
  await expect(shopper.checkOutButton).toHaveCount(0);
  await page.goto('/cart');
  await shopper.sees('Your cart is empty.');
  await shopper.sees(/Allow cookies for this shop/);
});

for (const [how, offMs] of [
  ['a day fast', DAY_MS],
  ['a day slow', -DAY_MS],
] as const) {
  test(`a clock that is ${how}: the hold is counted by the shop's`, async ({ shopper, print, proof }) => {
    const { page } = shopper;
    await page.clock.setSystemTime(Date.now() + offMs);
    await shopper.opensPrint(print);
    await shopper.choosesNumber(2);
    await shopper.addsToCart(2);
    await expect(page.getByRole('timer')).toHaveText(/Held for you for (10:00|9:\d\d)/);
    await shopper.checksOut();
    await expect(page.getByRole('timer')).toHaveText(/Held for you for (10:00|9:\d\d)/);
    await shopper.fillsIn();
    await page.reload();
    await shopper.pressesPay();
    await shopper.seesReceiptForGood(2, totalOf(print));
    await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
  });
}

test('without JavaScript an order can be read, and the checkout says what it needs', async ({
  shopper,
  browser,
  contextOptions,
  shop,
  stage,
  print,
}) => {
  await shopper.isReadyToPay(print, 2);
  await shopper.pressesPay();
  const orderId = await shopper.seesReceipt(2, totalOf(print));
  await shopper.opensPrint(await stage.hang());
  await shopper.addsToCart(1);
  const checkoutId = await shopper.checksOut();

  const storageState = await shopper.page.context().storageState();
  const plain = await browser.newContext({
    ...contextOptions,
    baseURL: shop.webUrl,
    storageState,
    javaScriptEnabled: false,
  });
  const reader = new Shopper(await plain.newPage());
  await reader.page.goto(`/orders/${orderId}`);
  await reader.seesReceipt(2, totalOf(print));
  await reader.page.getByRole('link', { name: 'Open the certificate' }).click();
  await expect(reader.page.getByRole('heading', { level: 1, name: `${print.title}, No. 2 of 4` })).toBeVisible();
  await reader.page.goto('/cart');
  await reader.sees(/Checking out needs JavaScript/);
  await reader.page.goto(`/checkout/${checkoutId}`);
  // As it is served: Playwright reads no text inside a noscript element.
  expect(await reader.page.content()).toContain('Paying needs JavaScript, which is off in this browser.');
  await plain.close();
});

const NAMES: readonly [what: string, name: string][] = [
  ['a name of 120 letters without a space', 'M'.repeat(120)],
  ['a name from right to left', 'عبد الرحمن بن محمد'],
  ['a name with emoji', 'Zoë 👩🏽‍🎨 Ölmez'],
];

test('names of all kinds arrive as they were typed, and nothing sticks out at 320 pixels or at twice the size of text', async ({
  shopper,
  stage,
}) => {
  test.setTimeout(120_000);
  const { page } = shopper;
  await page.setViewportSize({ width: 320, height: 640 });
  for (const [what, name] of NAMES) {
    await test.step(what, async () => {
      const print = await stage.hang();
      await shopper.isReadyToPay(print, 1);
      await shopper.field('name').fill(name);
      await nothingSticksOut(page);
      await shopper.pressesPay();
      const orderId = await shopper.seesReceipt(1, totalOf(print));
      await expect(page.getByRole('main')).toContainText(name);
      await nothingSticksOut(page);
      await page.goto(`/orders/${orderId}/certificates/${print.slug}-1`);
      await expect(page.locator('.owner')).toHaveText(name);
      await nothingSticksOut(page);
    });
  }
});

test('a name longer than the shop takes is said to be so, and is not cut off', async ({ shopper, print, proof }) => {
  await shopper.isReadyToPay(print, 1);
  const long = 'M'.repeat(121);
  await shopper.field('name').fill(long);
  await shopper.pressesPay();
  await shopper.sees('Full name: use at most 120 characters.');
  await expect(shopper.field('name')).toHaveValue(long);
  await proof.nothingCharged(print);
});

/** On the narrowest screen there is, and where text is shown at twice its size. */
async function nothingSticksOut(page: Page): Promise<void> {
  for (const [width, fontSize] of [
    [640, '200%'],
    [320, '100%'],
  ] as const) {
    await page.setViewportSize({ width, height: 640 });
    const tooWide = await page.evaluate((size) => {
      const root = document.documentElement;
      root.style.fontSize = size;
      return root.scrollWidth - root.clientWidth;
    }, fontSize);
    const where = `${new URL(page.url()).pathname} at ${width} pixels, text at ${fontSize}`;
    expect.soft(tooWide, `${where}: pixels to scroll sideways`).toBeLessThanOrEqual(0);
  }
}
