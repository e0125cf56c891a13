import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkOf, PEER_HEADER } from '#server/door/client-address.ts';
import { RateLimitedError, rateLimits } from '#server/door/rate-limits.ts';
import { DEFAULT_RATES } from '#server/door/rates.ts';
import { Guest, type OpenShop, openShop } from './open-shop.ts';

let shop: OpenShop & { close(): Promise<void> };
beforeAll(async () => {
  shop = await openShop({ RATE_LIMITS: 'pay.principal=3/600,pay.network=5/600,promotion.principal=4/600' });
});
afterAll(() => shop.close());

const pay = (checkoutId: string, attempt = 0, token = 'ctoken_nobody') => ({
  ...{ checkoutId, idempotencyKey: `${checkoutId}.${attempt}` },
  ...{ confirmationToken: token, expectedTotalMinor: 1 },
});

const records = async () => {
  const [row] = await shop.storefront.shop.db.execute<{ n: number }>(
    sql`select count(*)::int as n from idempotency.record`,
  );
  return row?.n;
};

async function facts(answer: Response) {
  const { error } = (await answer.json()) as { error?: { json: { data: { errorCode: string } } } };
  const seconds = Number(answer.headers.get('retry-after'));
  return { status: answer.status, errorCode: error?.json.data.errorCode, waits: seconds > 0 && seconds <= 600 };
}

const LIMITED = { status: 429, errorCode: 'RATE_LIMITED', waits: true };

describe('presses of Pay', () => {
  test('over the limit are told when to come again, and nothing is stored of them', async () => {
    const guest = new Guest(shop);
    const checkoutId = await guest.isReadyToPay('two-fans');
    const statuses: number[] = [];
    // Each one is refused for its total: it raises the number, and so needs another key.
    for (let n = 0; n < 3; n++) statuses.push((await guest.send('checkout.pay', pay(checkoutId, n))).status);
    expect(statuses).toEqual([200, 200, 200]);
    const before = await records();
    expect(await facts(await guest.send('checkout.pay', pay(checkoutId, 3)))).toEqual(LIMITED);
    expect(await records()).toBe(before);
    expect((await guest.api.checkout.status.query({ checkoutId })).refusals).toBe(3);

    // What was answered before is answered again, for ever.
    const replay = await guest.send('checkout.pay', pay(checkoutId, 1));
    expect(replay.status).toBe(200);
    expect(await replay.text()).toContain('price_changed');
  });

  test('of many guests from one network count together, and those from elsewhere do not', async () => {
    const press = async (peer: string) => {
      const guest = new Guest(shop);
      const checkoutId = await guest.isReadyToPay('two-fans');
      const answer = await guest.send('checkout.pay', pay(checkoutId), { [PEER_HEADER]: peer });
      await guest.api.checkout.cancel.mutate({ checkoutId });
      return answer.status;
    };
    const statuses: number[] = [];
    for (let n = 0; n < 6; n++) statuses.push(await press(`2001:db8:1:2::${n + 1}`));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect(await press('2001:db8:1:3::1')).toBe(200);
  });

  test('a flood on one key costs one claim, and nothing is stored of what is over the limit', async () => {
    const guest = new Guest(shop);
    const checkoutId = await guest.isReadyToPay('two-fans');
    const before = (await records()) ?? 0;
    const answers = await Promise.all(Array.from({ length: 200 }, () => guest.send('checkout.pay', pay(checkoutId))));
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(await records()).toBe(before + 1);
  });
});

test('promotion codes cannot be guessed in bulk', async () => {
  const guest = new Guest(shop);
  const checkoutId = await guest.isReadyToPay('two-fans');
  const codes = ['GUESS1', 'GUESS2', 'GUESS3', 'GUESS4'];
  for (const promotionCode of codes) {
    expect((await guest.send('checkout.update', { checkoutId, promotionCode })).status).toBe(409);
  }
  expect(await facts(await guest.send('checkout.update', { checkoutId, promotionCode: 'GUESS5' }))).toEqual(LIMITED);
  expect((await guest.send('checkout.update', { checkoutId, shippingMethod: 'express' })).status).toBe(200);
});

test('several processes count together, and no address is kept', async () => {
  const rates = { ...DEFAULT_RATES, pay: { ...DEFAULT_RATES.pay, network: { times: 10, seconds: 600 } } };
  const { db } = shop.storefront.shop;
  const processes = [1, 2].map(() => rateLimits(db, rates, 'a secret of theirs'));
  const who = { principal: null, network: '203.0.113.77' };
  const tries = Array.from({ length: 50 }, async (_, n) => await processes[n % 2]?.count('pay', who));
  const refused = (await Promise.allSettled(tries)).filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(40);
  expect(refused[0]).toMatchObject({ reason: expect.any(RateLimitedError) });
  const rows = await db.execute(sql`select * from rate_limit`);
  expect(JSON.stringify([...rows])).not.toContain('203.0.113');
});

describe('where a request comes from', () => {
  const from = (peer: string, forwarded?: string) =>
    new Headers({ [PEER_HEADER]: peer, ...(forwarded && { 'x-forwarded-for': forwarded }) });

  test.each([
    ['the connection, whatever the client claims', from('203.0.113.7', '198.51.100.1'), 0, '203.0.113.7'],
    ['what our proxy saw', from('10.0.0.2', '198.51.100.1'), 1, '198.51.100.1'],
    [
      'what our proxy saw, not what the client wrote before it',
      from('10.0.0.2', '1.1.1.1, 198.51.100.1'),
      1,
      '198.51.100.1',
    ],
    ['what the first of two saw', from('10.0.0.2', '1.1.1.1, 198.51.100.1, 10.0.0.1'), 2, '198.51.100.1'],
    ['the connection, where it came past the proxies', from('203.0.113.7'), 1, '203.0.113.7'],
    ['half an IPv6 address', from('2001:db8:1:2:a:b:c:d'), 0, '2001:db8:1:2::/64'],
    ['an IPv4 address in IPv6 clothes', from('::ffff:203.0.113.7'), 0, '203.0.113.7'],
    ['nowhere: this machine', from('127.0.0.1'), 0, null],
    ['nowhere: this machine', from('::1'), 0, null],
    ['nowhere: this machine', from('::ffff:127.0.0.1'), 0, null],
    ['nowhere: what a proxy passed on is no address', from('10.0.0.2', 'unknown'), 1, null],
    ['nowhere: nobody has said', new Headers(), 0, null],
  ])('is %s', (_, headers, proxies, network) => {
    expect(networkOf(headers, proxies)).toBe(network);
  });
});
