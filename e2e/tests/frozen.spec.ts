import type { ApiAnswer } from '../fixtures/api.ts';
import type { ShopDatabase } from '../fixtures/database.ts';
import type { Faults } from '../fixtures/faults.ts';
import { CHECKOUT_ROW, CHECKOUT_TABLE, type Locks, ORDER_ROW } from '../fixtures/locks.ts';
import { answerOf, expectSoldOnce, type Payer } from '../fixtures/payer.ts';
import { expect, type Sleeper, test } from '../fixtures/sleeper.ts';

// A web process is stopped (SIGSTOP) in each phase of a payment for longer than its lease. The worker takes over and
// finishes. A day later, when the provider has forgotten every key, the process goes on as if nothing had happened.

test.describe.configure({ mode: 'default' });

interface Scene {
  readonly sleeper: Sleeper;
  readonly payer: Payer;
  readonly faults: Faults;
  readonly locks: Locks;
}

/** Presses Pay at the sleeper and puts it to sleep at one place. @returns what is to happen just before it wakes up. */
type FallAsleep = (scene: Scene, press: () => void) => Promise<() => void>;

const CREATE = /^POST \/v1\/payment_intents$/;
const CONFIRM = /^POST \/v1\/payment_intents\/[^/]+\/confirm$/;
const READ_TOKEN = /^GET \/v1\/confirmation_tokens\//;

const withItsRequestOnTheWay =
  (request: RegExp): FallAsleep =>
  async ({ sleeper }, press) => {
    const late = sleeper.wire.holdsNext(request);
    press();
    await late.held;
    sleeper.fallsAsleep();
    return () => late.arrives();
  };

const withTheAnswerUnread =
  (name: 'create' | 'confirm'): FallAsleep =>
  async ({ sleeper, payer, faults }, press) => {
    const slow = await faults.arm({ orderId: payer.checkoutId, name }, { name: 'slow_after', ms: 500 });
    press();
    await faults.hasStruck(slow);
    sleeper.fallsAsleep();
    return () => {};
  };

/** The answer to `request` comes while somebody else has the checkout, so the commit that records it has to wait. */
const inTheCommitAfter =
  (request: RegExp): FallAsleep =>
  async ({ sleeper, payer, locks }, press) => {
    const late = sleeper.wire.holdsNext(request);
    press();
    await late.held;
    await locks.whileLocked(CHECKOUT_ROW, [payer.checkoutId], async () => {
      late.arrives();
      await locks.webWaits();
      sleeper.fallsAsleep();
    });
    return () => {};
  };

/** It asks the database whether the hold is over, and would confirm next: its last look at the lease is behind it. */
const betweenItsLastLookAndTheConfirm: FallAsleep = async ({ sleeper, payer, locks }, press) => {
  const late = sleeper.wire.holdsNext(CREATE);
  press();
  await late.held;
  let stopped = Promise.resolve();
  await locks.whileLocked(ORDER_ROW, [payer.checkoutId], async () => {
    late.arrives();
    await locks.webWaits();
    stopped = locks.whileLocked(CHECKOUT_TABLE, [], async () => {
      await locks.webWaits();
      sleeper.fallsAsleep();
    });
    // Behind the commit that remembers the intent, and before anything that comes after it.
    await locks.weWait();
  });
  await stopped;
  return () => {};
};

interface Phase {
  readonly where: string;
  readonly fallAsleep: FallAsleep;
}

const PHASES: readonly Phase[] = [
  { where: 'reading the card, before it asks for an intent', fallAsleep: withItsRequestOnTheWay(READ_TOKEN) },
  { where: 'asking for an intent, before the provider hears it', fallAsleep: withItsRequestOnTheWay(CREATE) },
  { where: 'asking for an intent, before it hears the answer', fallAsleep: withTheAnswerUnread('create') },
  { where: 'in the commit that remembers the intent', fallAsleep: inTheCommitAfter(CREATE) },
  { where: 'about to confirm', fallAsleep: betweenItsLastLookAndTheConfirm },
  { where: 'confirming, before the provider hears it', fallAsleep: withItsRequestOnTheWay(CONFIRM) },
  { where: 'confirming, before it hears the answer', fallAsleep: withTheAnswerUnread('confirm') },
  { where: 'in the commit that settles', fallAsleep: inTheCommitAfter(CONFIRM) },
];

for (const { where, fallAsleep } of PHASES) {
  test(`asleep past its lease, ${where}: the worker finishes, and nothing is changed or charged after it wakes`, async ({
    sleeper,
    payer,
    faults,
    locks,
    ledger,
    db,
  }) => {
    const press = promiseOf<ApiAnswer>();
    const beforeItWakes = await fallAsleep({ sleeper, payer, faults, locks }, () =>
      press.follows(payer.pressesPay(sleeper.url)),
    );
    await payer.isToldInTheEnd('paid');
    const [written, booked] = [await everythingOf(payer, db), await ledger.rowsOf(payer.checkoutId)];

    await faults.passesADay();
    const begun = sleeper.wire.begun.length;
    beforeItWakes();
    sleeper.wakesUp();
    const answer = await press.promise;
    expect(['paid', 'processing'], answer.text).toContain(answerOf(answer));
    expect(sleeper.wire.begun.slice(begun).filter(isSending), 'nothing is sent any more').toEqual([]);
    expect(await everythingOf(payer, db)).toEqual(written);
    expect(await ledger.rowsOf(payer.checkoutId)).toEqual(booked);
    expect(answerOf(await payer.pressesPay(sleeper.url)), 'the same press, at the same process').toBe('paid');
    await expectSoldOnce([payer], { db, ledger });
  });
}

test('a confirm that arrives a day late, for a card that was declined meanwhile, charges nothing', async ({
  sleeper,
  payer,
  faults,
  ledger,
  db,
}) => {
  // This card would pay: the bank says no to whoever asks first, and does not say it again.
  const no = await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, 'decline');
  const late = sleeper.wire.holdsNext(CONFIRM);
  const press = payer.pressesPay(sleeper.url);
  await late.held;
  sleeper.fallsAsleep();
  await payer.isToldInTheEnd('declined');
  await faults.hasStruck(no);
  const [written, booked] = [await everythingOf(payer, db), await ledger.rowsOf(payer.checkoutId)];

  await faults.passesADay();
  late.arrives();
  sleeper.wakesUp();
  expect(['declined', 'processing']).toContain(answerOf(await press));
  expect(await everythingOf(payer, db)).toEqual(written);
  expect(await ledger.rowsOf(payer.checkoutId)).toEqual(booked);

  await payer.takesCard('pays');
  expect(answerOf(await payer.pressesPay(sleeper.url))).toBe('paid');
  await expectSoldOnce([payer], { db, ledger });
});

test('asleep in the commit that reserves: the same press elsewhere pays, and is not paid again when it wakes', async ({
  sleeper,
  payer,
  locks,
  faults,
  ledger,
  db,
}) => {
  const press = promiseOf<ApiAnswer>();
  await locks.whileLocked(CHECKOUT_ROW, [payer.checkoutId], async () => {
    press.follows(payer.pressesPay(sleeper.url));
    await locks.webWaits();
    sleeper.fallsAsleep();
  });
  // Nothing was committed, so nobody knows of it but the shopper, who presses again.
  await expect.poll(async () => answerOf(await payer.pressesPay()), { timeout: 30_000 }).toBe('paid');
  const [written, booked] = [await everythingOf(payer, db), await ledger.rowsOf(payer.checkoutId)];

  await faults.passesADay();
  sleeper.wakesUp();
  expect(answerOf(await press.promise)).toBe('paid');
  expect(await everythingOf(payer, db)).toEqual(written);
  expect(await ledger.rowsOf(payer.checkoutId)).toEqual(booked);
  await expectSoldOnce([payer], { db, ledger });
});

const isSending = (request: string) => request.startsWith('POST ');

const everythingOf = async ({ checkoutId, print }: Payer, db: ShopDatabase) =>
  await db.everythingAbout(checkoutId, print.slug);

/** A promise that is there before the one that it follows. */
function promiseOf<T>() {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { promise, follows: (other: Promise<T>) => void other.then(resolve, reject) };
}
