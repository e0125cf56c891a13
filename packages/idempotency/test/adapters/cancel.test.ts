import { expect, test } from 'vitest';
import { cancelledAfter } from '../../src/adapters/cancel.ts';
import { codeThrown, gate } from '../fixture.ts';

test('a statement that was faster than its cancel counts as cancelled, and nothing follows before the cancel has arrived', async () => {
  const order: string[] = [];
  const sent = gate();
  const answered = gate();
  const arrived = gate();
  const statement = answered.passed.then(() => void order.push('answered'));
  const cancel = async () => {
    sent.open();
    await arrived.passed;
    order.push('cancel arrived');
  };
  const cancelled = codeThrown(cancelledAfter(statement, cancel, 1)).then((code) => void order.push(String(code)));
  await sent.passed;
  answered.open();
  await statement;
  setImmediate(arrived.open); // whatever does not wait for it has settled by then
  await cancelled;
  expect(order).toEqual(['answered', 'cancel arrived', '57014']);
});

test('a cancel that cannot be sent leaves the statement to itself', async () => {
  const held = gate();
  const statement = held.passed.then(() => Promise.reject(Object.assign(new RangeError('its own'), { code: '22012' })));
  const lost = async () => {
    held.open();
    throw new RangeError('connection refused');
  };
  expect(await codeThrown(cancelledAfter(statement, lost, 1))).toBe('22012');
});

test('a statement that answers in time is not cancelled', async () => {
  let cancels = 0;
  expect(await cancelledAfter(Promise.resolve('rows'), () => cancels++, 60_000)).toBe('rows');
  expect(cancels).toBe(0);
});
