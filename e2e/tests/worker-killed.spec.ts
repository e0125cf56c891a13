// @boundaries-ignore the way the shop is started belongs to no package
import { StackError } from '../../scripts/errors.ts';
// @boundaries-ignore as above
import type { Stack } from '../../scripts/stack.ts';
import { expect, test } from '../fixtures/own-shop.ts';
import { answerOf, expectSoldOnce, type Payer } from '../fixtures/payer.ts';

// Web dies right after the order was reserved, and then every worker that takes it over dies too, each a little further on.

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
  stack,
  payer,
  leaseLapses,
  ledger,
  db,
}) => {
  const [first, ...later] = POINTS;
  await isLeftBehind(stack, payer, first);
  for (const point of later) {
    await leaseLapses(payer.checkoutId);
    await startsAndDies(stack, point);
  }
  await stack.restart('worker');
  await payer.isToldInTheEnd('paid');
  await expectSoldOnce([payer], { db, ledger });
});

test('workers killed with the bank’s no in their hands: it is told once, and another card pays', async ({
  stack,
  payer,
  leaseLapses,
  ledger,
  db,
}) => {
  await payer.takesCard('declined');
  await isLeftBehind(stack, payer, 'answered:confirm');
  await leaseLapses(payer.checkoutId);
  await startsAndDies(stack, 'committing:settle');
  await leaseLapses(payer.checkoutId);
  await stack.restart('worker');
  await payer.isToldInTheEnd('declined');
  expect((await ledger.rowsOf(payer.checkoutId)).map(({ kind }) => kind)).toEqual(['decline']);
  await payer.takesCard('pays');
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  await expectSoldOnce([payer], { db, ledger });
});

/** The worker that takes over from the dead web process dies at `point`. */
async function isLeftBehind(stack: Stack, payer: Payer, point: string): Promise<void> {
  await stack.restart('worker', { CRASH_AT: point });
  const worker = stack.processes.get('worker');
  await stack.restart('web', { CRASH_AT: 'committed:reserve' });
  const press = payer.pressesPayUntilCutOff();
  expect(await stack.processes.get('web')?.exited).toMatchObject({ signal: 'SIGKILL' });
  expect(await press, 'the answer never came').toBeUndefined();
  await stack.restart('web');
  expect(await worker?.exited, `killed at ${point}`).toMatchObject({ signal: 'SIGKILL' });
}

async function startsAndDies(stack: Stack, point: string): Promise<void> {
  await stack.restart('worker', { CRASH_AT: point }).catch((error: unknown) => {
    // It may be dead before it was seen to be ready.
    if (!(error instanceof StackError && error.code === 'PROCESS_ENDED')) throw error;
  });
  expect(await stack.processes.get('worker')?.exited, `killed at ${point}`).toMatchObject({ signal: 'SIGKILL' });
}
