import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PRINTS } from '@once/db/prints';
import type { Page } from '@playwright/test';
import { LOOKS, lookAs } from '../fixtures/looks.ts';
import { loseEveryAnswer } from '../fixtures/network.ts';
import type { Shopper } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

// Not a test: pictures of every page and answer, for people to look at. `pnpm screens` writes them to test-results/screens/.

const FOLDER = join(import.meta.dirname, '../test-results/screens');

async function picture(page: Page, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const look of LOOKS) {
    await lookAs(page, look);
    // Pictures further down wait until they come into view; a picture that failed is complete, too.
    await page.waitForFunction(() => {
      for (const image of document.images) image.loading = 'eager';
      return [...document.images].every((image) => image.complete);
    });
    await page.screenshot({ path: join(FOLDER, `${name}-${look.name}.png`), fullPage: true, animations: 'disabled' });
  }
}

test('prints', async ({ page }) => {
  for (const [name, path] of [
    ['catalogue', '/'],
    ['print', '/prints/lee-shore'],
    ['print-last-copy', '/prints/night-bus-over-hills'],
    ['print-sold-out', '/prints/low-tide'],
    ['not-found', '/no-such-page'],
    ['cart-empty', '/cart'],
    ['orders-empty', '/orders'],
  ] as const) {
    await page.goto(path);
    await picture(page, name);
  }
});

test('cart and checkout', async ({ shopper }) => {
  const { page } = shopper;
  await page.goto('/prints/lee-shore');
  await page.getByRole('button', { name: /^Add No\./ }).click();
  await expect(shopper.cartDrawer).toBeVisible();
  await picture(page, 'cart-drawer');
  await page.goto('/cart');
  await picture(page, 'cart');
  await shopper.checksOut();
  await picture(page, 'checkout');
  await shopper.pressesPay();
  await shopper.sees(/need a correction/);
  await picture(page, 'checkout-invalid');
  await shopper.fillsIn();
  await page.context().setOffline(true);
  await picture(page, 'checkout-offline');
  await page.context().setOffline(false);
  for (const card of ['Declined', 'Not enough funds', 'Expired', 'Wrong security code'] as const) {
    await shopper.choosesCard(card);
    await shopper.pressesPay();
    await shopper.sees(/You were not charged/);
    await picture(page, `refused-${card.toLowerCase().replaceAll(' ', '-')}`);
  }
  await shopper.choosesCard('Slow');
  await shopper.pressesPay();
  await expect(shopper.busyButton).toBeVisible();
  await page.screenshot({ path: join(FOLDER, 'checkout-paying.png'), fullPage: true });
  await page.waitForURL(/\/orders\//);
  await shopper.sees(/is yours/);
  await picture(page, 'order-paid');
  await page.goto('/orders');
  await picture(page, 'orders');
});

test('answers that were lost, holds that ended, prices that changed', async ({ shopper, stage }) => {
  const { page } = shopper;
  await isReadyToPay(shopper, 'selvedge');
  const priceMinor = PRINTS.find(({ slug }) => slug === 'selvedge')?.price ?? 0;
  await stage.changePrice('selvedge', priceMinor + 1_000);
  await shopper.pressesPay();
  await shopper.sees(/The price changed/);
  await picture(page, 'price-changed');
  await stage.changePrice('selvedge', priceMinor);

  await page.context().clearCookies();
  await isReadyToPay(shopper, 'interference');
  await loseEveryAnswer(page, 'checkout.pay');
  await loseEveryAnswer(page, 'checkout.status');
  await shopper.pressesPay();
  await shopper.sees('The connection dropped after you pressed Pay.');
  await picture(page, 'connection-lost');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await shopper.sees(/is yours/);

  await page.context().clearCookies();
  const checkoutId = await isReadyToPay(shopper, 'ballast');
  await stage.endHold(checkoutId);
  await shopper.pressesPay();
  await shopper.sees(/Your hold on No. \d+ ended/);
  await picture(page, 'hold-ended');
});

/** With whatever number of it is free: these pictures are of real prints. */
async function isReadyToPay(shopper: Shopper, slug: string): Promise<string> {
  await shopper.page.goto(`/prints/${slug}`);
  await shopper.page.getByRole('button', { name: /^Add No\./ }).click();
  const checkoutId = await shopper.checksOut();
  await shopper.fillsIn();
  return checkoutId;
}
