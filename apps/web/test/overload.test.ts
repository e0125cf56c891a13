import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Guest, type OpenShop, openShop } from './open-shop.ts';

// Ten times as many shoppers press Pay as there is room for, with five connections and a provider that takes two seconds.

const AT_ONCE = 4;
const SHOPPERS = 40;
const PROVIDER_MS = 2_000;
/** The library's own, in which nobody else touches what is under way. */
const LEASE_MS = 30_000;

let shop: OpenShop & { close(): Promise<void> };
beforeAll(async () => {
  shop = await openShop({ MAX_PAYMENTS: String(AT_ONCE) });
});
afterAll(() => shop.close());

interface Ready {
  readonly guest: Guest;
  readonly checkoutId: string;
  readonly press: () => Promise<Response>;
}

async function readyToPay(slug: string): Promise<Ready> {
  const guest = new Guest(shop);
  const checkoutId = await guest.isReadyToPay(slug);
  const { totals } = await guest.api.checkout.get.query({ checkoutId });
  const { token } = await guest.api.checkout.testToken.mutate({ checkoutId, card: 'pays' });
  const payment = { checkoutId, idempotencyKey: `${checkoutId}.0`, confirmationToken: token };
  const press = () => guest.send('checkout.pay', { ...payment, expectedTotalMinor: totals.totalMinor });
  return { guest, checkoutId, press };
}

async function slowsDown(times: number): Promise<void> {
  const rule = { match: { confirms: true }, action: { name: 'slow_after', ms: PROVIDER_MS }, times };
  const armed = await fetch(`${shop.controlUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rule),
  });
  expect(armed.status).toBeLessThan(300);
}

const count = async (what: string) => {
  const [row] = await shop.storefront.shop.db.execute<{ n: number }>(sql.raw(`select count(*)::int as n from ${what}`));
  return row?.n;
};

test('the rest is turned away before anything is begun, and every one of them can pay a moment later', async () => {
  const prints = (await new Guest(shop).api.catalog.list.query()).flatMap(({ slug, available }) =>
    Array.from({ length: available }, () => slug),
  );
  const shoppers = await Promise.all(prints.slice(0, SHOPPERS).map(readyToPay));
  expect(shoppers).toHaveLength(SHOPPERS);
  const [records, paidBefore] = [await count('idempotency.record'), await count("orders where state = 'paid'")];
  await slowsDown(AT_ONCE);

  const beganMs = performance.now();
  const answers = await Promise.all(
    shoppers.map(async (shopper) => {
      const answer = await shopper.press();
      return { shopper, answer, tookMs: performance.now() - beganMs };
    }),
  );
  const shed = answers.filter(({ answer }) => answer.status !== 200);
  expect(shed).toHaveLength(SHOPPERS - AT_ONCE);
  for (const { answer, tookMs } of shed) {
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await answer.text()).toContain('OVERLOADED');
    expect(tookMs, 'nobody waits to be turned away').toBeLessThan(PROVIDER_MS);
  }
  expect(await count('idempotency.record'), 'nothing was begun for them').toBe((records ?? 0) + AT_ONCE);

  // As many as there is room for at a time; the first of them at once.
  for (let first = 0; first < shed.length; first += AT_ONCE) {
    const wave = shed.slice(first, first + AT_ONCE);
    const again = await Promise.all(wave.map(({ shopper }) => shopper.press()));
    expect(again.map(({ status }) => status)).toEqual(wave.map(() => 200));
    if (first === 0) expect(performance.now() - beganMs, 'within a lease').toBeLessThan(LEASE_MS);
  }
  for (const { guest, checkoutId } of shoppers) {
    expect((await guest.api.checkout.status.query({ checkoutId })).answer).toBe('paid');
  }
  expect(await count("orders where state = 'paid'"), 'no order is lost').toBe((paidBefore ?? 0) + SHOPPERS);
}, 60_000);

test('an answer that is stored is given however much is under way', async () => {
  const [slug] = (await new Guest(shop).api.catalog.list.query())
    .filter(({ available }) => available > AT_ONCE)
    .map(({ slug: name }) => name);
  const paid = await readyToPay(slug ?? '');
  await paid.press();
  const others = await Promise.all(Array.from({ length: AT_ONCE }, () => readyToPay(slug ?? '')));
  await slowsDown(AT_ONCE);
  const underWay = Promise.all(others.map(({ press }) => press()));
  const [{ press: oneMore }] = [await readyToPay(slug ?? '')];
  // Once there is no room for another one.
  await expect.poll(async () => (await oneMore()).status).toBe(503);
  const replay = await paid.press();
  expect([replay.status, await replay.text()]).toEqual([200, expect.stringContaining('already_paid')]);
  await underWay;
}, 30_000);
