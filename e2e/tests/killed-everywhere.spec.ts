// @boundaries-ignore the way the shop is started belongs to no package
import { APPS } from '../../scripts/apps.ts';
import type { Faults } from '../fixtures/faults.ts';
import type { Kill } from '../fixtures/kill.ts';
import type { Ledger } from '../fixtures/ledger.ts';
import { expect, test } from '../fixtures/own-shop.ts';
import { answerOf, expectSoldOnce, type Payer } from '../fixtures/payer.ts';
import { BETWEEN_COMMITS, EVERYWHERE, payAt } from '../fixtures/places.ts';
import type { Shop } from '../fixtures/test.ts';

// One kill with -9 while payments stand at every place where one can be: the first time, and again while web, or a worker,
// takes them over from a web that died before. Whoever was told something was told the truth, and in the end all have paid, once.

test.describe.configure({ mode: 'default' });
test.use({ leaseMs: 12_000 }); // long enough for everybody to get to their place
test.slow(); // up to ten payers, and processes that come back

const DEATHS = [
  { victim: 'web', told: 'expectNoAnswer' },
  { victim: 'provider', told: 'expectAsWithoutProvider' },
  { victim: 'postgres', told: 'expectOpen' },
] as const satisfies readonly { victim: keyof Kill; told: string }[];

for (const { victim, told } of DEATHS) {
  test(`${victim} killed while people are at every place of a payment: all have paid in the end, once`, async ({
    kill,
    shop,
    payers,
    faults,
    locks,
    stage,
    ledger,
    db,
  }) => {
    const others = pidsWithout(victim, shop);
    const [acknowledged, ...people] = (await payers(1 + EVERYWHERE.length)) as [Payer, ...Payer[]];
    expect(answerOf(await acknowledged.pressesPay())).toBe('paid');
    const payments = await payAt(EVERYWHERE, people, { faults, locks });

    const dead = await kill[victim]();
    await payments.letGo();
    await payments[told]();
    if (victim !== 'provider') await expectCharged(payments.charged, ledger);
    await dead.comesBack();
    await stage.endLeases();
    for (const payer of [acknowledged, ...people]) await payer.paysInTheEnd();
    await expectSoldOnce([acknowledged, ...people], { db, ledger });
    expect(pidsWithout(victim, shop), 'nobody else was started again').toEqual(others);
  });

  test(`${victim} killed while web is taking over, at every place of a payment: all have paid in the end, once`, async ({
    kill,
    payers,
    faults,
    locks,
    stage,
    ledger,
    db,
  }) => {
    const people = await payers(BETWEEN_COMMITS.length);
    const worker = await kill.worker();
    await areLeftBehind(people, kill, faults);
    await stage.endLeases();
    const payments = await payAt(BETWEEN_COMMITS, people, { faults, locks });

    const dead = await kill[victim]();
    await payments.letGo();
    await payments[told]();
    if (victim !== 'provider') await expectCharged(payments.charged, ledger);
    await Promise.all([dead.comesBack(), worker.comesBack()]);
    await stage.endLeases();
    for (const payer of people) await payer.paysInTheEnd();
    await expectSoldOnce(people, { db, ledger });
  });
}

test.describe('while a worker resumes', () => {
  test.use({ leaseMs: 60_000 }); // nobody is taken over before the test says so

  for (const victim of ['provider', 'postgres'] as const) {
    test(`${victim} killed while a worker is taking over, at each place of a payment in turn: all have paid in the end, once`, async ({
      kill,
      payers,
      faults,
      locks,
      stage,
      ledger,
      db,
    }) => {
      const people = await payers(BETWEEN_COMMITS.length);
      const worker = await kill.worker();
      await areLeftBehind(people, kill, faults);
      await worker.comesBack();
      for (const [index, place] of BETWEEN_COMMITS.entries()) {
        const payer = people[index] as Payer;
        const move = async () => {
          await stage.endLease(payer.checkoutId);
          return undefined;
        };
        const payment = await payAt([place], [payer], { faults, locks }, { app: 'worker', move });
        const dead = await kill[victim]();
        await payment.letGo();
        if (victim !== 'provider') await expectCharged(payment.charged, ledger);
        await dead.comesBack();
        await stage.makeDue(payer.checkoutId);
        await payer.paysInTheEnd();
      }
      await expectSoldOnce(people, { db, ledger });
    });
  }
});

/** Web dies while it asks for an intent for each of them, and comes back. The provider has heard of nobody. */
async function areLeftBehind(people: readonly Payer[], kill: Kill, faults: Faults): Promise<void> {
  const unheard = await Promise.all(
    people.map(({ checkoutId }) => faults.arm({ orderId: checkoutId, name: 'create' }, 'hang_before')),
  );
  const presses = Promise.all(people.map((payer) => payer.pressesPayUntilCutOff()));
  await Promise.all(unheard.map((fault) => faults.hasStruck(fault)));
  const web = await kill.web();
  expect(new Set(await presses), 'the answers never came').toEqual(new Set([undefined]));
  await web.comesBack();
}

async function expectCharged(payers: readonly Payer[], ledger: Ledger): Promise<void> {
  for (const { checkoutId } of payers) {
    expect(await ledger.chargesOf(checkoutId), 'charged, and not recorded').toHaveLength(1);
  }
}

const pidsWithout = (victim: string, { processes }: Shop) =>
  APPS.filter((app) => app !== victim).map((app) => processes.get(app)?.pid);
