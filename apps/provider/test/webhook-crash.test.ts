// The provider is killed while it refunds and while it delivers: no refund is lost or made twice, and every event that
// was made comes to its endpoint in the end.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';
import { endProvider, errorOf, eventually, newAccount, type RunningProvider, startProvider } from './provider.ts';

const REFUNDS = 30;

let provider: RunningProvider | undefined;
let shop: TestEndpoint;
beforeEach(async () => {
  shop = await startEndpoint();
});
afterEach(async () => {
  if (provider) await endProvider(provider);
  await shop.close();
});

const pay = (stripe: Stripe) =>
  stripe.paymentIntents.create({
    ...{ amount: 4200, currency: 'eur', payment_method: 'pm_card_visa', confirm: true },
    metadata: { order_id: randomUUID() },
  });

test('killed twice during 30 refunds, all retried: each once, and the endpoint has heard of every one', async () => {
  const account = newAccount();
  const env = { PROVIDER_LATENCY_MS: '40', PROVIDER_WEBHOOK_RETRIES_MS: '50,50,50' };
  provider = await startProvider(env);
  const stripe = provider.client(account);
  const intents = await Promise.all(Array.from({ length: REFUNDS / 2 }, () => pay(stripe)));
  await stripe.webhookEndpoints.create({ url: shop.url, enabled_events: ['refund.created', 'charge.refunded'] });
  // Two equal halves of each payment, each under a key of its own that is the same in every try.
  const refundAll = (client: Stripe) =>
    intents.flatMap(({ id }) =>
      ['first', 'second'].map((half) =>
        client.refunds.create({ payment_intent: id, amount: 2100 }, { idempotencyKey: `${id} ${half}` }),
      ),
    );
  const refundRows = async (running: RunningProvider) =>
    (await running.ledger(account)).filter(({ kind }) => kind === 'refund');

  for (const refundedBeforeKill of [3, 12]) {
    const killed = provider;
    const attempts = Promise.allSettled(refundAll(killed.client(account)));
    await eventually(async () => ((await refundRows(killed)).length >= refundedBeforeKill ? true : undefined));
    await killed.kill('SIGKILL');
    expect((await attempts).some(({ status }) => status === 'rejected')).toBe(true);
    provider = await startProvider(env, killed.dataDir);
  }

  const refunds = await Promise.all(refundAll(provider.client(account)));
  const rows = await refundRows(provider);
  expect(rows).toHaveLength(REFUNDS);
  expect(rows.reduce((sum, { amount }) => sum + amount, 0)).toBe(intents.length * 4200);
  const heard = await eventually(async () => {
    const ids = new Set(
      shop.received.filter(({ event }) => event.type === 'refund.created').map(({ event }) => objectId(event)),
    );
    return ids.size >= REFUNDS ? ids : undefined;
  });
  expect(heard).toEqual(new Set(refunds.map(({ id }) => id)));
  const all = (await provider.client(account).events.list({ limit: 100, types: ['refund.created'] })).data;
  expect(all).toHaveLength(REFUNDS);
});

test.each([
  ['crash_before_commit', 0],
  ['crash_after_commit', 1],
])('%s in a refund: the ledger says %d, and so do the events', async (action, done) => {
  const account = newAccount();
  const first = await startProvider();
  provider = first;
  const { id } = await pay(first.client(account));
  const refund = (stripe: Stripe) => stripe.refunds.create({ payment_intent: id }, { idempotencyKey: 'r1' });
  await first.arm({ match: { account, path: '/v1/refunds' }, action });
  const died = once(first.process, 'exit');
  await errorOf(refund(first.client(account)));
  await died;

  provider = await startProvider({}, first.dataDir);
  const stripe = provider.client(account);
  const seen = async (running: RunningProvider) => [
    (await running.ledger(account)).filter(({ kind }) => kind === 'refund').length,
    (await stripe.refunds.list({ payment_intent: id })).data.length,
    (await stripe.events.list({ types: ['refund.created', 'charge.refunded'] })).data.length / 2,
  ];
  expect(await seen(provider)).toEqual([done, done, done]);
  expect((await refund(stripe)).status).toBe('succeeded');
  expect(await seen(provider)).toEqual([1, 1, 1]);
});

test('killed while an endpoint has not answered: the next start delivers, and one that was held is still held', async () => {
  const account = newAccount();
  const first = await startProvider();
  provider = first;
  const before = first.client(account);
  await before.webhookEndpoints.create({ url: shop.url, enabled_events: ['payment_intent.created'] });
  await first.arm({ match: { account }, action: 'hold' });
  const create = () => before.paymentIntents.create({ amount: 4200, currency: 'eur' });
  const held = await create();
  shop.answer = 'hang';
  const unanswered = await create();
  await shop.has(1);
  await first.kill('SIGKILL');
  shop.answer = 200;

  provider = await startProvider({}, first.dataDir);
  const running = provider;
  const [, again] = await shop.has(2);
  expect(again && objectId(again.event)).toBe(unanswered.id);
  expect(again?.event.id).toBe(shop.received[0]?.event.id);
  expect((await running.client(account).events.list({ delivery_success: false })).data.map(objectId)).toContain(
    held.id,
  );
  await running.control('/deliveries/release', { account });
  expect((await shop.has(3)).slice(2).map(({ event }) => objectId(event))).toEqual([held.id]);
});

test('killed before a refund has come to its end by itself: it comes to it after the next start', async () => {
  const account = newAccount();
  const first = await startProvider({ PROVIDER_REFUND_MS: '3600000' });
  provider = first;
  const paying = { amount: 4200, currency: 'eur', payment_method: 'pm_card_pendingRefund', confirm: true };
  const { id } = await first.client(account).paymentIntents.create(paying);
  const refund = await first.client(account).refunds.create({ payment_intent: id });
  await first.kill('SIGKILL');

  provider = await startProvider({ PROVIDER_REFUND_MS: '3600000' }, first.dataDir);
  const stripe = provider.client(account);
  expect((await stripe.refunds.retrieve(refund.id)).status).toBe('pending');
  await provider.control('/clock/advance', { hours: 2, account });
  expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded');
});

test('asked to stop, it lets the delivery under way end', async () => {
  const account = newAccount();
  const first = await startProvider();
  provider = first;
  await first.client(account).webhookEndpoints.create({ url: shop.url, enabled_events: ['payment_intent.created'] });
  let answer: (status: number) => void = () => {};
  shop.answer = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  await first.client(account).paymentIntents.create({ amount: 4200, currency: 'eur' });
  await shop.has(1);
  const exited = first.kill('SIGTERM');
  // Both ports are closed by then, and nothing but the delivery keeps it.
  await eventually(() =>
    first.control('/healthz').then(
      () => undefined,
      () => true,
    ),
  );
  answer(200);
  expect(await exited).toBe(0);

  provider = await startProvider({}, first.dataDir);
  const delivery = await provider.control(`/deliveries?account=${account}`);
  expect(await delivery.json()).toMatchObject([{ state: 'succeeded', tries: 1 }]);
});

function objectId(event: Stripe.Event): string {
  return (event.data.object as { id: string }).id;
}
