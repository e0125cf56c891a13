import { AccountHolder, PASSWORD } from '../fixtures/accounts.ts';
import { Keyboard } from '../fixtures/keyboard.ts';
import { MIRA, totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

test('an account, from a mail: the guest’s cart comes along, and the order is there in another browser', async ({
  shopper,
  visitor,
  shop,
  print,
  proof,
}) => {
  const mira = new AccountHolder(shopper.page, shop.dataDir);
  await shopper.opensPrint(print);
  await shopper.choosesNumber(2);
  await shopper.addsToCart(2);
  await mira.signsUp();
  await mira.confirms();

  await shopper.page.goto('/cart');
  await expect(shopper.page.getByRole('main')).toContainText('No. 2');
  await shopper.checksOut();
  await shopper.fillsIn();
  await shopper.choosesCard('Pays');
  await shopper.pressesPay();
  await shopper.seesReceipt(2, totalOf(print));

  const elsewhere = new AccountHolder(visitor.page, shop.dataDir, mira.email);
  await elsewhere.signsIn();
  await elsewhere.isSignedIn();
  await visitor.page.getByRole('link', { name: `${print.title}, No. 2` }).click();
  await visitor.seesReceipt(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('signed in half-way through a payment: the page that was open goes on, and charges once', async ({
  twoTabs: { first, second },
  shop,
  print,
  proof,
}) => {
  const mira = new AccountHolder(second.page, shop.dataDir);
  await mira.signsUp();
  await first.isReadyToPay(print, 1, 'Declined');
  await first.pressesPay();
  await first.sees('Your card was declined. You were not charged.');
  await mira.confirms();
  await first.choosesCard('Pays');
  await first.pressesPay();
  await first.seesReceipt(1, totalOf(print));
  await second.page.goto('/orders');
  await second.sees(print.title);
  await proof.soldOnce({ print, numbers: [1], totalMinor: totalOf(print) });
});

test('signed out, nothing of the account is left in the browser; signed out everywhere, in none', async ({
  shopper,
  visitor,
  shop,
  print,
}) => {
  const mira = new AccountHolder(shopper.page, shop.dataDir);
  await mira.signsUp();
  await mira.confirms();
  const checkout = await shopper.isReadyToPay(print, 3);
  const elsewhere = new AccountHolder(visitor.page, shop.dataDir, mira.email);
  await elsewhere.signsIn();
  await elsewhere.isSignedIn();
  await expect(visitor.page.getByText('this browser')).toHaveCount(1);
  await visitor.page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(visitor.page).toHaveURL('/sign-in');
  for (const { page } of [shopper, visitor]) {
    await page.goto('/account');
    await expect(page).toHaveURL('/sign-in');
    await page.goto(`/checkout/${checkout}`);
    await expect(page.getByRole('heading', { name: 'This page is not in the edition.' })).toBeVisible();
  }
});

test('a forgotten password is chosen anew by a mail', async ({ page, shop }) => {
  const mira = new AccountHolder(page, shop.dataDir);
  await mira.signsUp();
  await mira.confirms();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await expect(page.getByRole('heading', { name: 'Choose a new password.' })).toBeVisible();
  await page.getByLabel('Email').fill(mira.email);
  await page.getByRole('button', { name: 'Send a link' }).click();
  await expect(page.getByRole('heading', { name: 'Look in your mail.' })).toBeFocused();
  await mira.opensLink('A new password for Once');
  await page.getByLabel('New password').fill('four other plain words');
  await page.getByRole('button', { name: 'Use this password' }).click();
  await page.getByRole('link', { name: 'Sign in with it' }).click();
  await mira.signsIn();
  await expect(page.getByRole('alert').filter({ hasText: 'do not go together' })).toBeFocused();
  await mira.signsIn('four other plain words');
  await mira.isSignedIn();
});

test('signing in with the keyboard alone', async ({ page, shop }) => {
  const mira = new AccountHolder(page, shop.dataDir);
  await mira.signsUp();
  await mira.confirms();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL('/sign-in');
  const keys = new Keyboard(page);
  await keys.tabTo(page.getByLabel('Email'));
  await keys.press('Enter');
  await expect(page.getByLabel('Email'), 'the first field that needs something').toBeFocused();
  await keys.type(mira.email);
  await keys.tabTo(page.getByLabel('Password'));
  await keys.type(PASSWORD);
  await keys.press('Enter');
  await mira.isSignedIn();
});

test('an order that a guest placed is claimed by whoever shows that its address is theirs', async ({
  shopper,
  visitor,
  shop,
  print,
}) => {
  const mira = new AccountHolder(visitor.page, shop.dataDir);
  await shopper.opensPrint(print);
  await shopper.addsToCart(1);
  await shopper.checksOut();
  await shopper.fillsIn({ ...MIRA, email: mira.email });
  await shopper.choosesCard('Pays');
  await shopper.pressesPay();
  await shopper.seesReceipt(1, totalOf(print));
  await mira.signsUp();
  await visitor.page.goto('/orders');
  await expect(visitor.page.getByRole('main')).not.toContainText(print.title);
  await mira.confirms();
  await expect(visitor.page.getByRole('main')).toContainText(print.title);
});

test('an account is no key to /admin', async ({ page, shop }) => {
  const mira = new AccountHolder(page, shop.dataDir);
  await mira.signsUp();
  await mira.confirms();
  const answer = await page.goto('/admin');
  expect(answer?.status()).toBe(404);
});
