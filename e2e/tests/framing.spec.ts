import { Desk } from '../fixtures/desk.ts';
import { euros, totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

const FRAMES = { oak: 7_000, black: 6_000 } as const;

test('a print is bought in its frame: every page, the mail and the desk say so, at the price that was shown', async ({
  shopper,
  staff,
  stage,
  mail,
  proof,
}) => {
  const { page } = shopper;
  const print = await stage.hang({ frames: FRAMES });
  const framed = { ...print, priceMinor: print.priceMinor + FRAMES.oak };
  const words = `${print.title}, No. 2 of 4, oak frame`;
  await shopper.opensPrint(print);
  await shopper.choosesNumber(2);
  await expect(page.getByRole('radio', { name: 'No frame' })).toBeChecked();
  await page.getByRole('radio', { name: 'Oak frame' }).check();
  await expect(page.getByText(euros(framed.priceMinor), { exact: true }), 'the price as chosen').toBeVisible();
  await expect(page.getByText(euros(print.priceMinor), { exact: true })).toBeHidden();
  await shopper.addsToCart(2);
  await expect(shopper.cartDrawer).toContainText(euros(framed.priceMinor));

  const checkoutId = await shopper.checksOut();
  const summary = page.getByRole('complementary', { name: 'Order summary' });
  await expect(summary).toContainText('oak frame');
  await expect(summary).toContainText(euros(framed.priceMinor));
  await shopper.fillsIn();
  await shopper.pressesPay();
  await shopper.seesReceiptForGood(2, totalOf(framed));
  await shopper.sees(words);
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(framed) });

  await page.getByRole('link', { name: 'Open the certificate' }).click();
  await shopper.sees(/ cm, oak frame$/);
  await expect.poll(() => mail.of(checkoutId), { timeout: 20_000 }).toHaveLength(1);
  const [letter = ''] = await mail.of(checkoutId);
  expect(letter.replaceAll('=\r\n', '')).toContain(words);

  const desk = new Desk(staff);
  await desk.opensOrder(checkoutId);
  await desk.isTold(words);
});

test('the frame is changed in the cart, and taken off, and the copy stays theirs', async ({ shopper, stage, db }) => {
  const { page } = shopper;
  const print = await stage.hang({ frames: FRAMES });
  await shopper.opensPrint(print);
  await shopper.choosesNumber(3);
  await shopper.addsToCart(3);
  await page.goto('/cart');
  const framing = page.getByRole('combobox', { name: `Framing of ${print.title}, No. 3` });
  const summary = page.getByRole('complementary', { name: 'Summary' });
  const [held] = (await db.copiesOf(print.slug)).filter(({ number }) => number === 3);
  for (const [option, framingMinor] of [
    ['black', FRAMES.black],
    ['oak', FRAMES.oak],
    ['', 0],
    ['oak', FRAMES.oak],
  ] as const) {
    const answered = page.waitForResponse('**/api/trpc/cart.add**');
    await framing.selectOption(option);
    await expect(summary, 'at once').toContainText(euros(totalOf(print) + framingMinor));
    await answered;
    expect(await db.framesInCarts(print.slug)).toEqual([option || null]);
  }
  // As by keyboard, where each choice on the way is one: the last one counts.
  for (const option of ['', 'oak', 'black']) await framing.selectOption(option);
  await expect.poll(() => db.framesInCarts(print.slug)).toEqual(['black']);
  await page.reload();
  await expect(framing).toHaveValue('black');
  await expect(summary).toContainText(euros(totalOf(print) + FRAMES.black));
  expect((await db.copiesOf(print.slug)).find(({ number }) => number === 3)).toEqual(held);
});

test('a frame whose price changed before Pay charges nothing until the shopper has agreed to the new one', async ({
  shopper,
  stage,
  proof,
}) => {
  const print = await stage.hang({ frames: FRAMES });
  const total = totalOf(print) + FRAMES.black;
  await shopper.opensPrint(print);
  await shopper.choosesNumber(1);
  await shopper.page.getByRole('radio', { name: 'Black frame' }).check();
  await shopper.addsToCart(1);
  await shopper.checksOut();
  await shopper.fillsIn();
  await expect(shopper.payButton).toHaveText(`Pay ${euros(total)}`);
  await stage.changeFraming(print.slug, 'black', FRAMES.black + 500);
  await shopper.pressesPay();
  await shopper.sees('The price changed before you paid. You were not charged.');
  await proof.nothingCharged(print);
  await shopper.page
    .getByRole('button', { name: new RegExp(`(Agree and p|P)ay ${euros(total + 500)}`) })
    .first()
    .click();
  await shopper.seesReceiptForGood(1, total + 500);
  await proof.soldOnce({ print, numbers: [1], totalMinor: total + 500 });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the frames of a print and their prices are read, and what is chosen is shown', async ({ page, stage }) => {
    const print = await stage.hang({ frames: FRAMES });
    await page.goto(`/prints/${print.slug}`);
    const framing = page.getByRole('group', { name: 'Framing' });
    await expect(framing).toContainText('Oak frame+ €70');
    await framing.getByRole('radio', { name: 'Black frame' }).check();
    await expect(page.getByText(euros(print.priceMinor + FRAMES.black), { exact: true })).toBeVisible();
  });
});
