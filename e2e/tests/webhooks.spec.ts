import type { ShopDatabase } from '../fixtures/database.ts';
import { answerOf, expectSoldOnce, type Payer } from '../fixtures/payer.ts';
import { expect, test } from '../fixtures/webhooks.ts';

// What the provider tells by itself: late, twice, in any order, never, or by somebody who is not the provider. An event is a
// hint, and whoever applies it asks the provider. Each test ends with money and copies conserved over its account.

test.describe.configure({ mode: 'default' });

const MADE = 'payment_intent.created';
const PAID = 'payment_intent.succeeded';
const EVENTS = 'lock table provider_event in access exclusive mode';
/** Intent made, charge made, paid, and the charge's balance transaction a moment later. */
const EVENTS_OF_A_PAYMENT = 4;
/** Longer than anything waits for an answer. */
const NEVER_MS = 30_000;

test.describe('before web itself would ask', () => {
  test.use({ leaseMs: 30_000 }); // web waits for the answer for most of it

  test('nobody but the event knows that it was paid: the answer is lost, and there is no worker', async ({
    payer,
    kill,
    faults,
    stage,
    ledger,
    db,
  }) => {
    const worker = await kill.worker();
    await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, { name: 'hang_after', ms: NEVER_MS });
    const press = payer.pressesPayUntilCutOff();
    // Web itself would find out after ten seconds of silence, and say that it was recovered.
    await expect.poll(() => payer.status(), { intervals: [50] }).toMatchObject({ answer: 'paid', how: 'succeeded' });
    const web = await kill.web();
    expect(await press, 'the answer never came').toBeUndefined();
    await web.comesBack();
    await stage.endLease(payer.checkoutId);
    await payer.isToldInTheEnd('paid');
    await worker.comesBack();
    await expectSoldOnce([payer], { db, ledger });
  });
});

test('no event ever comes, and the answer is lost: the shop finds out by itself', async ({
  payer,
  faults,
  ledger,
  db,
}) => {
  const lost = await faults.arm({ orderId: payer.checkoutId, name: 'event' }, 'drop', EVENTS_OF_A_PAYMENT);
  await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, { name: 'hang_after', ms: NEVER_MS });
  expect(['paid', 'processing', 'unknown']).toContain(answerOf(await payer.pressesPay()));
  await payer.isToldInTheEnd('paid');
  await faults.hasStruck(lost);
  expect(await db.eventsAbout(await intentOf(payer, db))).toEqual([]);
  await expectSoldOnce([payer], { db, ledger });
});

test('the event of a payment comes ten times, and under a second id: nothing moves twice', async ({
  payer,
  webhooks,
  faults,
  ledger,
  db,
}) => {
  await faults.arm({ orderId: payer.checkoutId, name: 'event of the payment' }, 'duplicate_new_event');
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  const delivery = await webhooks.delivery(payer.checkoutId, PAID, 'succeeded');
  const intentId = await intentOf(payer, db);
  await expectApplied(db, intentId, PAID, 2);
  const [written, told] = [await db.historyOf(payer.checkoutId), await db.postingsOf(payer.checkoutId)];
  for (let time = 0; time < 10; time++) {
    await webhooks.resend(delivery);
    await webhooks.delivery(payer.checkoutId, PAID, 'succeeded');
  }
  await expectApplied(db, intentId, PAID, 2);
  expect(await db.historyOf(payer.checkoutId)).toEqual(written);
  expect(await db.postingsOf(payer.checkoutId)).toEqual(told);
  await expectSoldOnce([payer], { db, ledger });
});

test('the event comes before the answer of the request that made it', async ({ payer, faults, ledger, db }) => {
  const early = await faults.arm({ orderId: payer.checkoutId, name: 'event of the payment' }, 'before_response');
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  await faults.hasStruck(early);
  await payer.isToldInTheEnd('paid');
  await expectSoldOnce([payer], { db, ledger });
  expect((await db.historyOf(payer.checkoutId)).filter((action) => action === 'order.paid')).toHaveLength(1);
});

test('events come in reverse: made, charged and paid are taken in any order', async ({
  payer,
  webhooks,
  faults,
  ledger,
  db,
}) => {
  await faults.arm({ orderId: payer.checkoutId, name: 'event' }, 'reorder', 3);
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  const events = async () => (await webhooks.deliveriesOf(payer.checkoutId)).map(({ state }) => state);
  await expect.poll(async () => new Set(await events()), { intervals: [50] }).toEqual(new Set(['succeeded']));
  const intentId = await intentOf(payer, db);
  for (const kind of [MADE, PAID]) await expectApplied(db, intentId, kind, 1);
  expect((await db.historyOf(payer.checkoutId)).filter((action) => action === 'order.paid')).toHaveLength(1);
  await expectSoldOnce([payer], { db, ledger });
});

test('a payment’s event that comes after its refund does not take the refund back', async ({
  payer,
  webhooks,
  faults,
  provider,
  ledger,
  db,
}) => {
  await faults.arm({ orderId: payer.checkoutId, name: 'event of the payment' }, 'hold');
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  const intentId = await intentOf(payer, db);
  await provider.refunds(intentId);
  await payer.isTold('refunded');
  const written = await db.historyOf(payer.checkoutId);
  await webhooks.release(payer.checkoutId);
  await expectApplied(db, intentId, PAID, 1);
  expect(await payer.status()).toMatchObject({ answer: 'refunded' });
  expect(await db.historyOf(payer.checkoutId)).toEqual(written);
  expect((await ledger.rowsOf(payer.checkoutId)).map(({ kind }) => kind)).toEqual(['charge', 'refund']);
  expect((await db.copiesOf(payer.print.slug)).filter(({ state }) => state !== 'available')).toEqual([]);
});

test('an event about an order that the shop does not have is kept, tried again, and makes nothing', async ({
  provider,
  db,
}) => {
  const orderId = '01932d5a-7c00-7000-8000-0000000004d2';
  const { id } = await provider.byHand<{ id: string }>('/v1/payment_intents', {
    ...{ amount: '15200', currency: 'eur', 'metadata[order_id]': orderId },
    'automatic_payment_methods[enabled]': 'true',
  });
  const tried = async () => (await db.eventsAbout(id)).map(({ tries, isApplied }) => tries > 0 && !isApplied);
  await expect.poll(tried, { intervals: [100] }).toEqual([true]);
  expect(await db.historyOf(orderId)).toEqual([]);
});

test('a signed event that says paid, of a payment that is not, changes nothing: the provider is asked', async ({
  payer,
  webhooks,
  db,
  ledger,
}) => {
  await payer.takesCard('declined');
  expect(answerOf(await payer.pressesPay())).toBe('declined');
  const intentId = await intentOf(payer, db);
  const object = { id: intentId, object: 'payment_intent', status: 'succeeded', amount: 1, amount_received: 1 };
  const forged = { id: 'evt_forged', object: 'event', type: PAID, data: { object } };
  expect(await webhooks.forge(forged)).toBe(200);
  await expectApplied(db, intentId, PAID, 1);
  expect(await payer.status()).toMatchObject({ answer: 'declined' });
  expect(await ledger.chargesOf(payer.checkoutId)).toEqual([]);
  await payer.takesCard('pays');
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  await expectSoldOnce([payer], { db, ledger });
});

for (const [fault, what] of [
  ['bad_signature', 'signed by somebody else'],
  ['stale_timestamp', 'signed ten minutes ago'],
] as const) {
  test(`an event ${what} is refused and not kept; the next try of it is good`, async ({
    payer,
    webhooks,
    faults,
    db,
  }) => {
    await faults.arm({ orderId: payer.checkoutId, name: 'event of the payment' }, fault);
    expect(answerOf(await payer.pressesPay())).toBe('paid');
    const { tries } = await webhooks.delivery(payer.checkoutId, PAID, 'succeeded');
    expect(tries, 'refused, and sent again').toBeGreaterThan(1);
    await expectApplied(db, await intentOf(payer, db), PAID, 1);
  });
}

test('web killed before an event is kept: the provider sends it again', async ({
  payer,
  webhooks,
  kill,
  faults,
  locks,
  ledger,
  db,
}) => {
  await faults.arm({ orderId: payer.checkoutId, name: 'event of the payment' }, 'hold');
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  await webhooks.delivery(payer.checkoutId, PAID, 'held');
  const intentId = await intentOf(payer, db);
  const letGo = await locks.takes(EVENTS, []);
  await webhooks.release(payer.checkoutId);
  await locks.webWaits();
  const web = await kill.web();
  await locks.forgetsWeb();
  await letGo();
  expect((await db.eventsAbout(intentId)).filter(({ kind }) => kind === PAID)).toEqual([]);
  await web.comesBack();
  await webhooks.delivery(payer.checkoutId, PAID, 'succeeded');
  await expectApplied(db, intentId, PAID, 1);
  await expectSoldOnce([payer], { db, ledger });
});

test('web killed after an event was kept, before it is applied: the worker applies it, and nobody else heard', async ({
  payer,
  webhooks,
  kill,
  faults,
  locks,
  stage,
  ledger,
  db,
}) => {
  const worker = await kill.worker();
  const confirm = await faults.arm(
    { orderId: payer.checkoutId, name: 'confirm' },
    { name: 'hang_after', ms: NEVER_MS },
  );
  await faults.arm({ orderId: payer.checkoutId, name: 'event of the payment' }, 'hold');
  const press = payer.pressesPayUntilCutOff();
  await faults.hasStruck(confirm);
  const intentId = await intentOf(payer, db);
  const letGo = await locks.takes('select from checkout where id = $1 for update', [payer.checkoutId]);
  await webhooks.release(payer.checkoutId);
  await webhooks.delivery(payer.checkoutId, PAID, 'succeeded');
  await locks.webWaits();
  const web = await kill.web();
  await letGo();
  await press;
  expect((await db.eventsAbout(intentId)).filter(({ kind }) => kind === PAID)).toMatchObject([{ isApplied: false }]);
  await web.comesBack();
  await stage.endEventLeases();
  await worker.comesBack();
  await payer.isToldInTheEnd('paid');
  await expectApplied(db, intentId, PAID, 1);
  await expectSoldOnce([payer], { db, ledger });
});

async function intentOf({ checkoutId }: Payer, db: ShopDatabase): Promise<string> {
  const intent = async () => await db.intentOf(checkoutId);
  await expect.poll(intent, { message: 'its intent', intervals: [20] }).not.toBeNull();
  return (await intent()) ?? '';
}

/** So many events of this kind about this object are kept, and all of them applied. */
async function expectApplied(db: ShopDatabase, objectId: string, kind: string, howMany: number): Promise<void> {
  const events = async () => (await db.eventsAbout(objectId)).filter((event) => event.kind === kind);
  const applied = Array.from({ length: howMany }, () => ({ isApplied: true }));
  await expect.poll(events, { message: `${kind} is applied`, intervals: [50] }).toMatchObject(applied);
}
