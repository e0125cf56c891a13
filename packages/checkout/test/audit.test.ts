import { expect, it } from 'vitest';
import { cancelCheckout, endHolds, getOrder } from '../src/index.ts';
import { atCheckout, endHoldOf, finishDue, pay, shopOfFile } from './shop.ts';

const { test } = await shopOfFile();

const timelineOf = async (at: { checkoutId: string; cartId: string }) =>
  (await getOrder(test.db, { ...at, orderId: at.checkoutId })).timeline;
const lines = (timeline: Awaited<ReturnType<typeof timelineOf>>) =>
  timeline.map(({ action, actor, attempt }) => `${action} by ${actor}, attempt ${attempt}`);

it('a declined card, then one that pays: each transition with its attempt, who, and when by the database’s clock', async () => {
  const { shop, slug } = test;
  const at = await atCheckout(shop, slug);
  await pay(shop, at, 'pm_card_visa_chargeDeclinedInsufficientFunds');
  await pay(test.another({ actor: 'worker' }), at);

  const timeline = await timelineOf(at);
  expect(lines(timeline)).toEqual([
    'order.reserved by shopper, attempt 0',
    'attempt.opened by shopper, attempt 0',
    'intent.stored by web, attempt 0',
    'attempt.declined by web, attempt 0',
    'attempt.opened by shopper, attempt 1',
    'order.paid by worker, attempt 1',
  ]);
  expect(timeline[3]?.detail).toEqual({ reason: 'insufficient_funds' });
  expect(timeline[5]?.detail).toMatchObject({ amountMinor: 15_200, late: false, recovered: false });
  const times = timeline.map((entry) => entry.at.getTime());
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

it('an order that its shopper cancels, and one whose hold runs out, say who ended them', async () => {
  const { shop, slug } = test;
  const cancelled = await atCheckout(shop, slug);
  await pay(shop, cancelled, 'pm_card_visa_chargeDeclined');
  await cancelCheckout(shop, cancelled);
  expect(lines(await timelineOf(cancelled)).at(-1)).toBe('order.cancelled by shopper, attempt null');

  const left = await atCheckout(shop, slug);
  await pay(shop, left, 'pm_card_authenticationRequired');
  await endHoldOf(shop, left.checkoutId);
  await endHolds(shop);
  await finishDue(shop);
  expect(lines(await timelineOf(left)).at(-1)).toBe('order.cancelled by worker, attempt 0');
});
