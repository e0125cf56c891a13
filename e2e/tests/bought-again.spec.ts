import { Keyboard } from '../fixtures/keyboard.ts';
import { totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

test('Buy pressed again for a print that was just paid asks whether a second copy is meant, by keyboard too', async ({
  shopper,
  print,
}) => {
  const { page } = shopper;
  const keys = new Keyboard(page);
  await shopper.isReadyToPay(print, 1);
  await shopper.pressesPay();
  const orderId = await shopper.seesReceipt(1, totalOf(print));

  await shopper.opensPrint(print);
  await keys.tabTo(shopper.addButton(2));
  await keys.press('Enter');
  const question = page.getByRole('region', { name: 'You have just bought No. 1 of this print.' });
  await expect(question).toBeFocused();
  await expect(shopper.cartDrawer).toBeHidden();
  await expect(question.getByRole('link', { name: 'No, show my order' })).toHaveAttribute('href', `/orders/${orderId}`);

  await keys.tabTo(question.getByRole('button', { name: 'Yes, add No. 2 too' }));
  await keys.press('Enter');
  await expect(shopper.cartDrawer).toContainText('No. 2');
  await expect(question).toBeHidden();
});

test('the first print put into the cart in two tabs in the same instant is one cart', async ({ twoTabs, stage }) => {
  const [one, other] = [await stage.hang(), await stage.hang()];
  const { first, second } = twoTabs;
  await Promise.all([first.opensPrint(one), second.opensPrint(other)]);
  await Promise.all([first.addsToCart(1), second.addsToCart(1)]);
  await first.page.goto('/cart');
  await first.sees(one.title);
  await first.sees(other.title);
});
