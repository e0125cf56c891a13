import type { Kill, Mortal } from '../fixtures/kill.ts';
import { expect, test } from '../fixtures/own-shop.ts';
import { answerOf, expectSoldOnce, type Payer } from '../fixtures/payer.ts';

// Web dies right after the order was reserved, and then whoever takes it over dies too, each a little further on.

test.describe.configure({ mode: 'default' });

const POINTS = [
  'taken',
  'sending:intend',
  'answered:intend',
  'committing:remember',
  'committed:remember',
  'sending:confirm',
  'answered:confirm',
  'committing:settle',
  'committed:settle',
] as const;

test('workers killed at every point, one after the other: the next one finishes, and there is one charge', async ({
  kill,
  payer,
  stage,
  ledger,
  db,
}) => {
  test.slow(); // nine of them are started
  const [first, ...later] = POINTS;
  let worker = await isLeftBehind(kill, payer, first);
  for (const point of later) {
    await stage.endLease(payer.checkoutId);
    worker = await kill.worker({ at: point });
    await worker.isDead();
  }
  await worker.comesBack();
  await payer.isToldInTheEnd('paid');
  await expectSoldOnce([payer], { db, ledger });
});

test('web killed at every point while it takes over, one after the other: the last one finishes, and there is one charge', async ({
  kill,
  payer,
  stage,
  provider,
  ledger,
  db,
}) => {
  test.slow(); // ten of them are started
  const worker = await kill.worker();
  let web = await kill.web({ at: 'committed:reserve' });
  for (const point of POINTS) {
    expect(await payer.pressesPayUntilCutOff(), 'the answer never came').toBeUndefined();
    await web.isDead();
    await stage.endLease(payer.checkoutId);
    web = await kill.web({ at: point });
  }
  expect(await payer.pressesPayUntilCutOff(), 'the answer never came').toBeUndefined();
  await web.isDead();
  await Promise.all([web.comesBack(), worker.comesBack()]);
  await payer.isToldInTheEnd('paid');
  const keys = (await provider.sendings()).map(({ path, idempotencyKey }) => `${path} ${idempotencyKey}`);
  expect(new Set(keys).size, 'whoever sent it, one create and one confirm').toBe(2);
  await expectSoldOnce([payer], { db, ledger });
});

test('workers killed with the bank’s no in their hands: it is told once, and another card pays', async ({
  kill,
  payer,
  stage,
  ledger,
  db,
}) => {
  await payer.takesCard('declined');
  await isLeftBehind(kill, payer, 'answered:confirm');
  await stage.endLease(payer.checkoutId);
  const worker = await kill.worker({ at: 'committing:settle' });
  await worker.isDead();
  await stage.endLease(payer.checkoutId);
  await worker.comesBack();
  await payer.isToldInTheEnd('declined');
  expect((await ledger.rowsOf(payer.checkoutId)).map(({ kind }) => kind)).toEqual(['decline']);
  await payer.takesCard('pays');
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  await expectSoldOnce([payer], { db, ledger });
});

/** The worker that takes over from the dead web process dies at `point`. @returns the worker */
async function isLeftBehind(kill: Kill, payer: Payer, point: string): Promise<Mortal> {
  const worker = await kill.worker({ at: point });
  const web = await kill.web({ at: 'committed:reserve' });
  expect(await payer.pressesPayUntilCutOff(), 'the answer never came').toBeUndefined();
  await web.isDead();
  await web.comesBack();
  await worker.isDead();
  return worker;
}
