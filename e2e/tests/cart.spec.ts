import { euros } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

test('the cart survives a reload and a new tab', async ({ twoTabs, print }) => {
  const { first: shopper, second: tab } = twoTabs;
  await shopper.opensPrint(print);
  await shopper.choosesNumber(2);
  await shopper.addsToCart(2);
  await shopper.page.goto('/cart');
  for (const look of ['as it was opened', 'loaded again']) {
    await test.step(look, async () => {
      await shopper.sees('No. 2 of 4');
      await shopper.sees(euros(print.priceMinor));
    });
    await shopper.page.reload();
  }
  await tab.page.goto('/cart');
  await tab.sees('No. 2 of 4');
});

test('a number that somebody holds is shown as held and cannot be chosen', async ({ shopper, visitor, print }) => {
  await visitor.opensPrint(print);
  await visitor.choosesNumber(2);
  await visitor.addsToCart(2);
  await shopper.opensPrint(print);
  await expect(shopper.takenNumber(2, 'held by someone')).toBeVisible();
  await expect(shopper.number(2)).toHaveCount(0);
});

test('a number that was taken while the page stood open is refused, and stays with who has it', async ({
  shopper,
  visitor,
  print,
  db,
}) => {
  await shopper.opensPrint(print);
  await shopper.choosesNumber(2);
  await visitor.opensPrint(print);
  await visitor.choosesNumber(2);
  await visitor.addsToCart(2);
  const [, held] = await db.copiesOf(print.slug);

  await shopper.addButton(2).click();
  await expect(shopper.page.getByRole('alert').filter({ hasText: 'No. 2' })).toContainText(/held|someone/);
  await expect(shopper.cartDrawer).toHaveCount(0);
  await expect(shopper.takenNumber(2, 'held by someone')).toBeVisible();
  expect((await db.copiesOf(print.slug))[1], 'nothing has changed').toEqual(held);
  await shopper.page.goto('/cart');
  await shopper.sees('Your cart is empty.');
});

test('removing a number gives it back to everybody', async ({ shopper, visitor, print }) => {
  await shopper.opensPrint(print);
  await shopper.choosesNumber(2);
  await shopper.addsToCart(2);
  await shopper.page.goto('/cart');
  await shopper.page.getByRole('button', { name: /^Remove/ }).click();
  await shopper.sees('Your cart is empty.');
  await visitor.opensPrint(print);
  await expect(visitor.number(2)).toBeVisible();
});

test('a removed line goes at once, the focus stays, and what the shop refuses comes back', async ({
  shopper,
  stage,
  print,
}) => {
  const { page } = shopper;
  const other = await stage.hang();
  for (const each of [print, other]) {
    await shopper.opensPrint(each);
    await shopper.addsToCart(1);
  }
  await page.goto('/cart');
  const held = Promise.withResolvers<void>();
  await page.route('**/api/trpc/cart.remove**', async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.getByRole('button', { name: `Remove ${other.title}, No. 1` }).click();
  await expect(page.getByRole('link', { name: other.title }), 'before the shop has answered').toHaveCount(0);
  await expect(page.getByRole('complementary')).toContainText(euros(print.priceMinor));
  held.resolve();
  await expect(page.getByText(`${other.title}, No. 1, was removed and given back.`)).toBeFocused();

  await page.unrouteAll();
  await page.route('**/api/trpc/cart.remove**', (route) => route.abort('connectionreset'));
  await page.getByRole('button', { name: `Remove ${print.title}, No. 1` }).click();
  await shopper.sees('We could not reach the shop. Nothing was changed.');
  await expect(page.getByRole('link', { name: print.title })).toBeVisible();
});

test('a sold out print says so and offers nothing to buy', async ({ shopper, stage }) => {
  const print = await stage.hang({ copies: 3, sold: [1, 2, 3] });
  await shopper.findsPrint(print);
  await expect(shopper.page.getByRole('heading', { name: 'Sold out' })).toBeVisible();
  await expect(shopper.page.getByRole('button', { name: /^Add No\./ })).toHaveCount(0);
  await expect(shopper.page.getByRole('radio')).toHaveCount(0);
});

test('the last copy is called the last copy, and once it is in a cart nobody else is offered one', async ({
  shopper,
  visitor,
  stage,
}) => {
  const print = await stage.hang({ copies: 3, sold: [1, 3] });
  await shopper.opensPrint(print);
  await shopper.sees('One copy left.');
  await shopper.addsToCart(2);
  await visitor.opensPrint(print);
  await visitor.sees(/Every copy that is left is held by someone/);
  await expect(visitor.page.getByRole('button', { name: /^Add No\./ })).toHaveCount(0);
});
