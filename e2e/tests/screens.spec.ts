import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { LOOKS, lookAs } from '../fixtures/looks.ts';
import { loseEveryAnswer } from '../fixtures/network.ts';
import { totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

// Not a test: pictures of every page and answer, for people to look at. `pnpm screens` writes them to test-results/screens/.

const FOLDER = join(import.meta.dirname, '../test-results/screens');

async function picture(page: Page, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const look of LOOKS) {
    await lookAs(page, look);
    // Pictures further down are loaded when they come into view.
    await page.evaluate(async () => {
      scrollTo(0, document.body.scrollHeight);
      await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
      scrollTo(0, 0);
    });
    await page.screenshot({ path: join(FOLDER, `${name}-${look.name}.png`), fullPage: true, animations: 'disabled' });
  }
}

test('prints', async ({ shopper, stage }) => {
  const { page } = shopper;
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
  const print = await stage.hang();
  await shopper.opensPrint(print);
  await picture(page, 'print-of-a-test');
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

test('answers that were lost, holds that ended, prices that changed', async ({ shopper, stage, print }) => {
  const { page } = shopper;
  await shopper.isReadyToPay(print, 1);
  await stage.changePrice(print.slug, print.priceMinor + 1_000);
  await shopper.pressesPay();
  await shopper.sees(/The price changed/);
  await picture(page, 'price-changed');

  const second = await stage.hang();
  await page.context().clearCookies();
  await shopper.isReadyToPay(second, 2);
  await loseEveryAnswer(page, 'checkout.pay');
  await loseEveryAnswer(page, 'checkout.status');
  await shopper.pressesPay();
  await shopper.sees('The connection dropped after you pressed Pay.');
  await picture(page, 'connection-lost');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await shopper.seesReceipt(2, totalOf(second));

  const third = await stage.hang();
  await page.context().clearCookies();
  const checkoutId = await shopper.isReadyToPay(third, 3);
  await stage.endHold(checkoutId);
  await shopper.pressesPay();
  await shopper.sees(/Your hold on No. 3 ended/);
  await picture(page, 'hold-ended');
});
