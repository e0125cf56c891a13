import { expect, test } from '../fixtures/own-shop.ts';
import { expectOpen, expectSoldOnce } from '../fixtures/payer.ts';
import { killPostgres } from '../fixtures/postgres-process.ts';
import { PAYING, paymentsUnderWay } from '../fixtures/under-way.ts';

// The server of Postgres is killed with -9 while web, worker and provider live. It comes back where it was, and nobody
// starts them again.

test('the database killed while many pay: paid stays paid, and all others are told the truth in the end', async ({
  stack,
  databaseReturns,
  payers,
  faults,
  ledger,
  db,
}) => {
  test.slow(); // a pool that lost its server may wait for a while before it looks for it again
  const everybody = await payers(PAYING);
  const { charged, presses } = await paymentsUnderWay(everybody, faults);
  await killPostgres(stack.dataDir);
  for (const answer of await presses) expectOpen(answer);
  for (const { checkoutId } of charged) {
    expect(await ledger.chargesOf(checkoutId), 'charged, and not recorded').toHaveLength(1);
  }

  await databaseReturns();
  for (const payer of everybody) await payer.isToldInTheEnd('paid');
  await expectSoldOnce(everybody, { db, ledger });
});
