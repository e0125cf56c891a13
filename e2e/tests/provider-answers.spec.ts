import { CHECKOUT_ROW } from '../fixtures/locks.ts';
import { expect, test } from '../fixtures/own-shop.ts';
import { answerOf, expectOpen, expectSoldOnce } from '../fixtures/payer.ts';

// The provider answers badly, late, twice or not at all, and what it says cannot be written down at once. Nobody is told no
// because of it, and nobody is charged twice.

test.describe.configure({ mode: 'default' });

/** Longer than the shop waits for any answer of the provider. */
const TOO_LONG_MS = 4_000;
const RECORD_TABLE = 'lock table idempotency.record in access exclusive mode';

for (const { fault, times, what } of [
  { fault: 'rst_after', times: 2, what: 'its answer is lost on the way' },
  { fault: 'cut_body', times: 1, what: 'half of its answer arrives' },
  { fault: 'error_500_after', times: 1, what: 'it answers 500, and says so again to whoever repeats it' },
  {
    fault: { name: 'slow_after', ms: TOO_LONG_MS },
    times: 1,
    what: 'its answer comes when nobody waits for it any more',
  },
]) {
  test(`it has charged, and ${what}: paid, by that charge`, async ({ payer, faults, ledger, db }) => {
    await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, fault, times);
    const answer = await payer.pressesPay();
    if (answerOf(answer) !== 'paid') expectOpen(answer);
    await payer.isToldInTheEnd('paid');
    await expectSoldOnce([payer], { db, ledger });
  });
}

test('it charges long after the shop has stopped waiting: open until then, and paid', async ({
  payer,
  faults,
  ledger,
  db,
}) => {
  const slow = { name: 'slow_before', ms: TOO_LONG_MS };
  const late = await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, slow);
  const press = payer.pressesPay();
  await faults.hasStruck(late);
  expect(await ledger.chargesOf(payer.checkoutId)).toEqual([]);
  const answer = await press;
  if (answerOf(answer) !== 'paid') expectOpen(answer);
  await payer.isToldInTheEnd('paid');
  await expectSoldOnce([payer], { db, ledger });
});

for (const fault of ['key_in_use', 'lock_timeout', 'rate_limit', 'error_503_before']) {
  test(`it says ${fault} to a confirm, three times: sent again under the same key, and paid`, async ({
    payer,
    faults,
    provider,
    ledger,
    db,
  }) => {
    await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, fault, 3);
    const answer = await payer.pressesPay();
    if (answerOf(answer) !== 'paid') expectOpen(answer);
    await payer.isToldInTheEnd('paid');
    const confirms = (await provider.sendings()).filter(({ path }) => path.endsWith('/confirm'));
    expect(confirms.length, 'sent again').toBeGreaterThan(3);
    expect(new Set(confirms.map(({ idempotencyKey }) => idempotencyKey)).size, 'one key').toBe(1);
    await expectSoldOnce([payer], { db, ledger });
  });
}

test('a no is a no, however often it is asked for; giving up frees the copy once', async ({ payer, ledger, db }) => {
  await payer.takesCard('declined');
  const first = await payer.pressesPay();
  expect(answerOf(first)).toBe('declined');
  const again = await Promise.all([payer.pressesPay(), payer.pressesPay(), payer.pressesPay()]);
  expect(new Set(again.map(({ text }) => text))).toEqual(new Set([first.text]));
  expect((await ledger.rowsOf(payer.checkoutId)).map(({ kind }) => kind)).toEqual(['decline']);
  const held = async () => (await db.copiesOf(payer.print.slug)).filter(({ state }) => state !== 'available');
  expect(await held(), 'still theirs').toHaveLength(1);
  const ends = await Promise.all([payer.cancels(), payer.cancels()]);
  expect(ends.map(answerOf)).toContain('cancelled');
  expect(await held()).toEqual([]);
  expect((await db.historyOf(payer.checkoutId)).filter((action) => action === 'order.cancelled')).toHaveLength(1);
});

test('the commit that records a charge is cancelled (57014): only it is repeated, and nothing is sent again', async ({
  payer,
  faults,
  locks,
  provider,
  ledger,
  db,
}) => {
  const slow = await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, { name: 'slow_after', ms: 500 });
  const press = payer.pressesPay();
  await faults.hasStruck(slow);
  await locks.whileLocked(CHECKOUT_ROW, [payer.checkoutId], async () => {
    await locks.webWaits();
    await locks.cancelsWeb();
  });
  const answer = await press;
  if (answerOf(answer) !== 'paid') expectOpen(answer);
  await payer.isToldInTheEnd('paid');
  const sent = (await provider.sendings()).map(({ path }) => path.split('/').at(-1));
  expect(sent, 'one create and one confirm').toEqual(['payment_intents', 'confirm']);
  await expectSoldOnce([payer], { db, ledger });
});

test('web killed while it repeats an answer: the same answer, and nothing is written', async ({
  payer,
  kill,
  locks,
  ledger,
  db,
}) => {
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  const repeated = await payer.pressesPay();
  const written = await db.everythingAbout(payer.checkoutId, payer.print.slug);
  const letGo = await locks.takes(RECORD_TABLE, []);
  const cutOff = payer.pressesPayUntilCutOff();
  await locks.webWaits();
  const web = await kill.web();
  await letGo();
  expect(await cutOff, 'the answer never came').toBeUndefined();
  await web.comesBack();
  expect((await payer.pressesPay()).text, 'word for word').toBe(repeated.text);
  expect(await db.everythingAbout(payer.checkoutId, payer.print.slug)).toEqual(written);
  await expectSoldOnce([payer], { db, ledger });
});

test('tried in vain for as long as it may be: kept for a person, and paid once the provider is back', async ({
  payer,
  stack,
  faults,
  stage,
  ledger,
  db,
}) => {
  const held = await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, { name: 'hang_after', ms: 30_000 });
  const press = payer.pressesPayUntilCutOff();
  await faults.hasStruck(held);
  await stack.kill('provider');
  expectOpen(await press);
  await stage.givesUpOn(payer.checkoutId);
  expect(await payer.status()).toMatchObject({ answer: 'needs_review' });
  expect((await db.copiesOf(payer.print.slug)).filter(({ state: held }) => held === 'held')).toHaveLength(1);

  await stack.restart('provider');
  await stage.askAgain(payer.checkoutId);
  await expect.poll(() => payer.status(), { intervals: [100], timeout: 30_000 }).toMatchObject({ answer: 'paid' });
  await expectSoldOnce([payer], { db, ledger });
});

test('a press whose outcome is not kept any more is answered from the order, and charges nothing', async ({
  payer,
  kill,
  stage,
  ledger,
  db,
}) => {
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  await stage.endRetention(payer.checkoutId);
  // A worker looks for what has expired when it starts, and then once a minute.
  await (await kill.worker()).comesBack();
  const EXPIRED = 5;
  await expect.poll(async () => (await db.recordOf(payer.checkoutId, 'checkout.pay'))?.state).toBe(EXPIRED);
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  await expectSoldOnce([payer], { db, ledger });
});

test('a worker killed while it lets outcomes expire: the next one goes on, presses are answered all the time', async ({
  payers,
  kill,
  locks,
  stage,
  ledger,
  db,
}) => {
  const everybody = await payers(3);
  for (const payer of everybody) expect(answerOf(await payer.pressesPay())).toBe('paid');
  const [first, ...others] = everybody as [(typeof everybody)[number], ...typeof everybody];
  const dead = await kill.worker();
  for (const { checkoutId } of everybody) await stage.endRetention(checkoutId);
  const letGo = await locks.takes('select from idempotency.record where scope = $1 for update', [first.checkoutId]);
  await dead.comesBack();
  await locks.waits('worker');
  for (const payer of others) expect(answerOf(await payer.pressesPay())).toBe('paid');
  const worker = await kill.worker();
  await letGo();
  await worker.comesBack();
  for (const payer of everybody) {
    await expect.poll(async () => (await db.recordOf(payer.checkoutId, 'checkout.pay'))?.state).toBe(5);
    expect(answerOf(await payer.pressesPay())).toBe('paid');
  }
  await expectSoldOnce(everybody, { db, ledger });
});
