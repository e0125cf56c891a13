import { expect, test } from 'vitest';
import { absent, declined, unknown } from '../src/index.ts';
import { ageBy } from '../src/testing.ts';
import { openFixture } from './fixture.ts';
import { diedWhileCalling } from './payment.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const hourMs = 3_600_000;

test('past resendWithinMs nothing is sent again: looked up, then parked', async () => {
  const shop = await diedWhileCalling(fixture, driver, { resendWithinMs: 23 * hourMs });
  await ageBy(driver.database, shop.scope, 22 * hourMs);
  shop.provider.lookups.push(() => unknown('503', 1));
  await shop.next.run(shop.pay, shop.request);
  await ageBy(driver.database, shop.scope, 2 * hourMs);
  await fixture.makeDue(shop.scope);
  shop.provider.lookups.push(() => absent);
  const parked = { status: 'unknown', phase: 'charge', retryAfterMs: 60_000, needsReview: true };
  expect(await shop.next.run(shop.pay, shop.request)).toEqual(parked);
  expect(shop.provider.kinds()).toEqual(['send', 'lookup', 'lookup']);
  expect(await shop.next.run(shop.pay, shop.request)).toEqual(parked);
  expect(await fixture.record(shop.scope)).toMatchObject({ state: 4, due_at: null, retained_until: null });
});

test('the horizon counts from the last commit, and a taking or an unknown does not move it', async () => {
  const shop = await diedWhileCalling(fixture, driver, { resendWithinMs: 2 * hourMs });
  for (let turn = 0; turn < 3; turn++) {
    await ageBy(driver.database, shop.scope, hourMs);
    await fixture.makeDue(shop.scope);
    shop.provider.lookups.push(() => (turn === 0 ? unknown('503', 1) : absent));
    await shop.next.run(shop.pay, shop.request);
  }
  expect(shop.provider.kinds()).toEqual(['send', 'lookup', 'lookup']);
  expect(await fixture.record(shop.scope)).toMatchObject({ state: 4 });
});

test('past resendWithinMs a call that can cancel does so instead', async () => {
  const cancelled: string[] = [];
  const answers = [absent, declined('cancelled')];
  const cancel = async ({ key }: { key: string }) => {
    cancelled.push(key);
    return answers.shift() ?? absent;
  };
  const shop = await diedWhileCalling(fixture, driver, { resendWithinMs: hourMs, cancel });
  await ageBy(driver.database, shop.scope, 2 * hourMs);
  shop.provider.lookups.push(
    () => absent,
    () => absent,
  );
  // An absent from cancel is no certainty.
  expect(await shop.next.run(shop.pay, shop.request)).toMatchObject({ status: 'unknown', needsReview: false });
  await fixture.makeDue(shop.scope);
  expect(await shop.next.run(shop.pay, shop.request)).toMatchObject({ status: 'rejected', reason: 'cancelled' });
  expect(shop.provider.kinds()).toEqual(['send', 'lookup', 'lookup']);
  expect(cancelled).toHaveLength(2);
});
