import { Keyboard } from '../fixtures/keyboard.ts';
import { MIRA, totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

test('the same purchase with the keyboard alone', async ({ shopper, print, proof }) => {
  const { page } = shopper;
  const keys = new Keyboard(page);
  const main = page.getByRole('main');

  await page.goto('/');
  await keys.tabTo(page.getByRole('link', { name: 'Skip to content' }));
  await keys.press('Enter');
  await keys.tabTo(main.getByRole('link', { name: print.title, exact: true }));
  await keys.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: print.title })).toBeVisible();

  await keys.tabTo(shopper.number(1));
  await keys.arrowTo(shopper.number(3));
  await keys.tabTo(shopper.addButton(3));
  await keys.press('Space');

  await expect(shopper.cartDrawer).toBeVisible();
  await keys.tabTo(shopper.checkOutButton);
  await keys.press('Enter');

  await shopper.isAtCheckout();
  for (const label of ['email', 'name', 'address', 'postcode', 'city'] as const) {
    await keys.tabTo(shopper.field(label));
    await keys.type(MIRA[label]);
  }
  // Back to what was typed first, as somebody does who wants to check it.
  await keys.tabBackTo(shopper.field('email'));
  await expect(shopper.field('email')).toHaveValue(MIRA.email);
  await keys.tabTo(shopper.card('Pays'));
  await keys.arrowTo(shopper.card('Declined'), 'ArrowDown');
  await keys.tabTo(shopper.payButton);
  await keys.press('Enter');

  await shopper.sees('Your card was declined. You were not charged.');
  // The focus is on what was said, above the form.
  await keys.tabTo(shopper.card('Declined'));
  await keys.arrowTo(shopper.card('Pays'), 'ArrowUp');
  await keys.tabTo(shopper.payButton);
  await keys.press('Space');

  await shopper.seesReceiptForGood(3, totalOf(print));
  await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
});

test('Escape closes the cart beside the page and puts the focus back on what opened it', async ({ shopper, print }) => {
  const keys = new Keyboard(shopper.page);
  await shopper.opensPrint(print);
  await keys.tabTo(shopper.addButton(1));
  await keys.press('Enter');
  await expect(shopper.cartDrawer).toBeVisible();
  await keys.press('Escape');
  await expect(shopper.cartDrawer).toBeHidden();
  // No. 1 is in the cart, so the same button offers the next one.
  await expect(shopper.addButton(2)).toBeFocused();
});
