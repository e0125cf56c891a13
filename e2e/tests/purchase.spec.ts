import { euros, MIRA, totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

test('a person finds a print, chooses a number, pays as a guest and has the receipt with that number', async ({
  shopper,
  visitor,
  print,
  proof,
}) => {
  await shopper.findsPrint(print);
  await shopper.choosesNumber(3);
  await shopper.addsToCart(3);
  await shopper.checksOut();
  await shopper.fillsIn();
  await shopper.choosesCard('Pays');
  await expect(shopper.payButton).toHaveText(`Pay ${euros(totalOf(print))}`);
  await shopper.pressesPay();

  await shopper.seesReceiptForGood(3, totalOf(print));
  const order = await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
  await proof.receiptSent(order, {
    saying: [`To: ${MIRA.name} <${MIRA.email}>`, `${print.title}, No. 3 of 4`, euros(totalOf(print)), MIRA.city],
  });

  await visitor.opensPrint(print);
  await expect(visitor.takenNumber(3, 'sold')).toBeVisible();
  await expect(visitor.number(3)).toHaveCount(0);
  await expect(visitor.number(2)).toBeVisible();
});

/** Each click, each choice and each field that is typed into. */
const MOST_INTERACTIONS = 14;

test('from the home page to the receipt in fourteen interactions at most', async ({ shopper, print, proof }) => {
  const { page } = shopper;
  const steps = [
    () => page.getByRole('link', { name: print.title, exact: true }).click(),
    () => shopper.addButton(1).click(),
    () => shopper.checkOutButton.click(),
    ...(['email', 'name', 'address', 'postcode', 'city'] as const).map(
      (label) => () => shopper.field(label).fill(MIRA[label]),
    ),
    () => shopper.payButton.click(),
  ];
  await page.goto('/');
  for (const step of steps) await step();
  await shopper.seesReceipt(1, totalOf(print));
  await proof.soldOnce({ print, numbers: [1], totalMinor: totalOf(print) });
  expect(steps.length).toBeLessThanOrEqual(MOST_INTERACTIONS);
});

test('two different prints in one cart are one order and one charge', async ({ shopper, stage, print, ledger, db }) => {
  const other = await stage.hang({ priceMinor: 9_900 });
  const total = totalOf(print) + other.priceMinor;
  await shopper.opensPrint(print);
  await shopper.choosesNumber(1);
  await shopper.addsToCart(1);
  await shopper.opensPrint(other);
  await shopper.choosesNumber(4);
  await shopper.addsToCart(4);
  await shopper.checksOut();
  await shopper.fillsIn();
  await shopper.pressesPay();

  await shopper.page.waitForURL(/\/orders\//);
  await shopper.sees(euros(total));
  const [order] = await db.ordersOf(print.slug);
  expect((await db.ordersOf(other.slug)).map(({ id }) => id)).toEqual([order?.id]);
  expect(await ledger.chargesOf(order?.id ?? '')).toMatchObject([{ amount: total, currency: 'eur' }]);
});

test('somebody else cannot see the order', async ({ shopper, visitor, print }) => {
  await shopper.isReadyToPay(print, 1);
  await shopper.pressesPay();
  const orderId = await shopper.seesReceipt(1, totalOf(print));

  const answer = await visitor.page.goto(`/orders/${orderId}`);
  expect(answer?.status()).toBe(404);
  await expect(visitor.page.getByText(MIRA.city)).toHaveCount(0);
  await expect(visitor.page.getByText(MIRA.name)).toHaveCount(0);
});
