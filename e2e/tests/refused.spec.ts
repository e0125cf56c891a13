import { euros, MIRA, totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

const DECLINED = 'Your card was declined. You were not charged.';

test('a declined card, then another one in the same tab', async ({ shopper, print, proof, provider, ledger, db }) => {
  await shopper.isReadyToPay(print, 3, 'Declined');
  await shopper.pressesPay();
  await shopper.sees(DECLINED);
  await proof.nothingCharged(print);
  await expect(shopper.field('email'), 'what was typed is still there').toHaveValue(MIRA.email);
  await shopper.page.reload();
  await shopper.sees(DECLINED);

  await shopper.choosesCard('Pays');
  await shopper.pressesPay();
  await shopper.seesReceiptForGood(3, totalOf(print));
  const order = await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });
  expect(await db.attemptsOf(order.id)).toMatchObject([
    { attempt: 0, state: 'declined', last4: '0002' },
    { attempt: 1, state: 'paid', last4: '4242' },
  ]);
  const rows = await ledger.rowsOf(order.id);
  expect(rows.map(({ kind }) => kind)).toEqual(['decline', 'charge']);
  const intents = await provider.intentsOf(order.id);
  expect(intents, 'an order has one intent for life').toMatchObject([{ id: rows[0]?.pi, status: 'succeeded' }]);
  expect(rows[1]?.pi).toBe(rows[0]?.pi);
});

test('a declined card, then another one in a second tab that knew nothing of it', async ({ twoTabs, print, proof }) => {
  const { first: shopper, second: stale } = twoTabs;
  await stale.hearsNoOtherTab();
  await twoTabs.areReadyToPay(print, 3, 'Declined');
  await shopper.pressesPay();
  await shopper.sees(DECLINED);

  await stale.choosesCard('Pays');
  await stale.pressesPay();
  // It sent the number of the attempt that was declined: nothing is charged, and it says whose card that was.
  await stale.sees(DECLINED);
  await stale.sees('The card ending 0002 was declined; this one was not used.');
  await proof.nothingCharged(print);
  await stale.pressesPay();
  await stale.seesReceiptForGood(3, totalOf(print));
  await proof.soldOnce({ print, numbers: [3], totalMinor: totalOf(print) });

  await shopper.page.reload();
  await shopper.seesReceiptForGood(3, totalOf(print));
});

test('declined again and again, each time with a number of its own, and paid at last', async ({
  shopper,
  print,
  proof,
  db,
}) => {
  await shopper.isReadyToPay(print, 1, 'Declined');
  for (const [card, words] of [
    ['Declined', DECLINED],
    ['Not enough funds', 'Not enough funds on this card. You were not charged.'],
    ['Expired', 'This card has expired. You were not charged.'],
    ['Wrong security code', 'The security code did not match. You were not charged.'],
  ] as const) {
    await shopper.choosesCard(card);
    await shopper.pressesPay();
    await shopper.sees(words);
  }
  await proof.nothingCharged(print);
  await shopper.choosesCard('Pays');
  await shopper.pressesPay();
  await shopper.seesReceiptForGood(1, totalOf(print));
  const order = await proof.soldOnce({ print, numbers: [1], totalMinor: totalOf(print) });
  expect((await db.attemptsOf(order.id)).map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3, 4]);
});

test('a price that changed before Pay charges nothing until the shopper has agreed to the new one', async ({
  shopper,
  print,
  proof,
  stage,
}) => {
  await shopper.isReadyToPay(print, 2);
  await stage.changePrice(print.slug, print.priceMinor + 1_000);
  await shopper.pressesPay();
  await shopper.sees('The price changed before you paid. You were not charged.');
  await proof.nothingCharged(print);
  const newTotal = totalOf(print) + 1_000;
  await shopper.page
    .getByRole('button', { name: new RegExp(`(Agree and p|P)ay ${euros(newTotal)}`) })
    .first()
    .click();

  await shopper.seesReceiptForGood(2, newTotal);
  await proof.soldOnce({ print, numbers: [2], totalMinor: newTotal });
});
