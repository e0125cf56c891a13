import { Api } from '../fixtures/api.ts';
import { answerOf, expectOpen, expectSoldOnce, type Payer } from '../fixtures/payer.ts';
import { totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/tries.ts';

// The payment provider refuses connections for minutes. The minutes pass in the database: what waits is made due, and is
// seen to be tried again in vain.

test.describe.configure({ mode: 'default' });

const REFUSED = { answer: 'declined', reason: 'provider_unavailable' };
/** Longer than anything waits for an answer. */
const NEVER_MS = 30_000;
const TRIES = 2;

test('away before anybody pays: everybody is told that nothing was charged, and pays once it is back', async ({
  stack,
  payers,
  ledger,
  db,
}) => {
  const everybody = await payers(3);
  await stack.kill('provider');
  const isRefused = async (payer: Payer) => {
    expect((await payer.pressesPay()).data).toMatchObject(REFUSED);
    expect((await payer.pressesPay()).data, 'the same press again').toMatchObject(REFUSED);
    expect(await payer.status(), 'the page').toMatchObject(REFUSED);
    const another = async () => await payer.takesCard('pays').catch(String);
    await expect.poll(another, 'another card').toMatch(/UNAVAILABLE/);
  };
  await Promise.all(everybody.map(isRefused));

  await stack.restart('provider');
  for (const payer of everybody) {
    expect(await ledger.rowsOf(payer.checkoutId)).toEqual([]);
    await payer.takesCard('pays');
    expect(answerOf(await payer.pressesPay())).toBe('paid');
  }
  await expectSoldOnce(everybody, { db, ledger });
});

test('away for minutes after it has charged: nobody is told no, and the page shows the receipt by itself', async ({
  stack,
  shopper,
  print,
  faults,
  tries,
  ledger,
  db,
}) => {
  test.slow(); // each try gives the provider some time
  const checkoutId = await shopper.isReadyToPay(print, 1);
  const held = await faults.arm({ orderId: checkoutId, name: 'confirm' }, { name: 'hang_after', ms: NEVER_MS });
  await shopper.sendsPayment();
  await faults.hasStruck(held);
  await stack.kill('provider');
  await shopper.sees('We do not know yet whether your payment went through.');
  await tries.fail(checkoutId, TRIES);
  await shopper.sees('We do not know yet whether your payment went through.');

  await stack.restart('provider');
  await shopper.seesReceiptForGood(1, totalOf(print));
  expect(await ledger.chargesOf(checkoutId)).toMatchObject([{ amount: totalOf(print) }]);
  expect((await db.ordersOf(print.slug)).map(({ state }) => state)).toEqual(['paid']);
});

test('away until the hold has ended, and it had not charged: the copy stays theirs until the provider has said so', async ({
  stack,
  payer,
  stage,
  faults,
  tries,
  request,
  shop,
  ledger,
  db,
}) => {
  test.slow(); // as above
  const { checkoutId, print, number } = payer;
  const fault = { name: 'slow_before', ms: NEVER_MS };
  const held = await faults.arm({ orderId: checkoutId, name: 'confirm' }, fault);
  const press = payer.pressesPay();
  await faults.hasStruck(held);
  await stack.kill('provider');
  expectOpen(await press);
  await stage.endHold(checkoutId);
  await tries.fail(checkoutId, TRIES);
  expect(await payer.status()).toMatchObject({ answer: 'unknown' });
  const wanted = await new Api(request, shop.webUrl).mutate('cart.add', { slug: print.slug, number });
  expect(wanted.errorCode, 'somebody else wants the copy').toBe('COPY_HELD');

  await stack.restart('provider');
  const told = async () => (await payer.status()) as { answer?: unknown };
  await expect.poll(told, { intervals: [100], timeout: 30_000 }).toMatchObject({ answer: 'cancelled' });
  expect(await ledger.chargesOf(checkoutId)).toEqual([]);
  expect(await db.postingsOf(checkoutId)).toEqual([]);
  expect((await db.ordersOf(print.slug)).map(({ state }) => state)).toEqual(['cancelled']);
  expect((await db.copiesOf(print.slug)).filter(({ state }) => state !== 'available')).toEqual([]);
});

test('away when somebody cancels: they are told what is known, and it is cancelled once it is back', async ({
  stack,
  payer,
  tries,
  ledger,
  db,
}) => {
  test.slow(); // as above
  const { checkoutId, print } = payer;
  await payer.takesCard('declined');
  expect(answerOf(await payer.pressesPay())).toBe('declined');
  await stack.kill('provider');
  const cancelled = await payer.cancels();
  expect(cancelled.data, cancelled.text).toMatchObject({ answer: 'declined' });
  await tries.fail(checkoutId, TRIES);

  await stack.restart('provider');
  const told = async () => (await payer.status()) as { answer?: unknown };
  await expect.poll(told, { intervals: [100], timeout: 30_000 }).toMatchObject({ answer: 'cancelled' });
  expect((await ledger.rowsOf(checkoutId)).map(({ kind }) => kind)).toEqual(['decline']);
  expect((await db.copiesOf(print.slug)).filter(({ state }) => state !== 'available')).toEqual([]);
});
