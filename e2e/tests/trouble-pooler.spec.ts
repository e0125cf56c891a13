import { pgBouncerVersion } from '@once/local-postgres/pgbouncer';
import { answerOf, expectSoldOnce } from '../fixtures/payer.ts';
import { expect, test } from '../fixtures/pooled-shop.ts';

// Web and worker reach the database through PgBouncer in transaction mode only. COMMITs that are lost on that way are
// in packages/checkout/test/lost-commit.test.ts.

test.describe.configure({ mode: 'default' });
test.skip(pgBouncerVersion() === undefined, 'pgbouncer is not installed');

test('ten people pay at once through it: all have paid once', async ({ payers, ledger, db }) => {
  const everybody = await payers(10);
  const answers = await Promise.all(everybody.map((payer) => payer.pressesPay()));
  expect(answers.map(answerOf)).toEqual(everybody.map(() => 'paid'));
  await expectSoldOnce(everybody, { db, ledger });
});

test('it is killed while many pay: nobody hears a no, and all have paid once it is back', async ({
  pooler,
  payThrough,
}) => {
  await payThrough({ begins: () => pooler.dies(), ends: () => pooler.returns() });
});

test('web dies in the middle, the answer of the bank is lost, and a worker takes over through it: one charge', async ({
  stack,
  payer,
  faults,
  stage,
  ledger,
  db,
}) => {
  await stack.restart('web', { CRASH_AT: 'committed:remember' });
  const cut = await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, 'cut_body');
  const press = payer.pressesPayUntilCutOff();
  expect(await stack.processes.get('web')?.exited).toMatchObject({ signal: 'SIGKILL' });
  expect(await press, 'the answer never came').toBeUndefined();
  await stage.endLease(payer.checkoutId);
  await faults.hasStruck(cut);
  await stack.restart('web');
  await payer.isToldInTheEnd('paid');
  await expectSoldOnce([payer], { db, ledger });
});
