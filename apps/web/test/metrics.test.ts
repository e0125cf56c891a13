import { afterAll, expect, test } from 'vitest';
import { PEER_HEADER } from '#server/door/client-address.ts';
import { answerMetrics } from '#server/metrics.ts';
import { Guest, HOST, type OpenShop, openShop } from './open-shop.ts';

const TOKEN = 'a-token-that-nobody-guesses';
const SLUG = 'slow-weather';

const shop = await openShop({ METRICS_TOKEN: TOKEN });
afterAll(() => shop.close());

const ask = (of: OpenShop['storefront'], headers: Record<string, string> = {}) =>
  answerMetrics(new Request(`${HOST}/metrics`, { headers }), of);

async function figure(line: string): Promise<number> {
  const text = await (await ask(shop.storefront, { authorization: `Bearer ${TOKEN}` })).text();
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found ? Number(found.slice(line.length + 1)) : 0;
}

test('a purchase, its suppressed duplicate and a decline are counted as what they are', async () => {
  const guest = new Guest(shop);
  const checkoutId = await guest.isReadyToPay(SLUG);
  const pay = async (card: 'pays' | 'declined', refusals: number) => {
    const { token } = await guest.api.checkout.testToken.mutate({ checkoutId, card });
    const { totals } = await guest.api.checkout.get.query({ checkoutId });
    const press = {
      ...{ checkoutId, idempotencyKey: `${checkoutId}.${refusals}` },
      ...{ confirmationToken: token, expectedTotalMinor: totals.totalMinor },
    };
    return async () => await guest.api.checkout.pay.mutate(press);
  };
  const declined = await pay('declined', 0);
  expect(await declined()).toMatchObject({ answer: 'declined' });
  const paid = await pay('pays', 1);
  expect(await paid()).toMatchObject({ answer: 'paid' });
  expect(await paid()).toMatchObject({ answer: 'paid' });

  const tries = (outcome: string, replayed: boolean) =>
    figure(`once_tries_total{operation="checkout.pay",outcome="${outcome}",replayed="${replayed}"}`);
  expect(await tries('succeeded', false)).toBe(1);
  expect(await tries('rejected', false)).toBe(1);
  expect(await figure('once_transitions_total{operation="checkout.pay",event="replayed"}')).toBe(1);
  expect(await figure('once_operation_seconds_count{operation="checkout.pay",phase="confirm"}')).toBe(2);
  const text = await (await ask(shop.storefront, { authorization: `Bearer ${TOKEN}` })).text();
  for (const told of [checkoutId, 'mira@example.org', TOKEN]) expect(text).not.toContain(told);
});

test.each([
  ['nothing', {}],
  ['another token', { authorization: 'Bearer another-token-of-the-same' }],
  ['the token without its scheme', { authorization: TOKEN }],
])('who brings %s where there is a token reads no figures', async (_, headers) => {
  const answer = await ask(shop.storefront, headers);
  expect(answer.status).toBe(401);
  expect(await answer.text()).not.toContain('once_');
});

test('without a token nobody reads the figures of a shop that others may visit, not even through its own proxy', async () => {
  const here = { [PEER_HEADER]: '127.0.0.1' };
  const open = { ...shop.storefront, env: { ...shop.storefront.env, metricsToken: undefined } };
  expect((await ask(open, here)).status).toBe(404);
  const local = { ...open, env: { ...open.env, isThisMachine: true } };
  expect((await ask(local, { [PEER_HEADER]: '::ffff:127.0.0.1' })).status).toBe(200);
  expect((await ask(local, { [PEER_HEADER]: '192.0.2.7' })).status).toBe(404);
  expect((await ask(local)).status).toBe(404);
});
