import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOf, endProvider, errorOf, eventually, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider({ PROVIDER_REFUND_MS: '3600000' });
});
afterAll(() => endProvider(provider));

const open = { amount: 4200, currency: 'eur' } as const;
const returnUrl = 'http://shop.example/return';

/** The types of an account's events, oldest first, once there is nothing left that comes by itself. */
async function types(stripe: Stripe): Promise<string[]> {
  await provider.control('/clock/advance', { ms: 1, account: accountOf(stripe) });
  return (await stripe.events.list({ limit: 100 })).data.map(({ type }): string => type).toReversed();
}

function create(stripe: Stripe, params: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  return stripe.paymentIntents.create({ ...open, metadata: { order_id: randomUUID() }, ...params });
}

const pay = (stripe: Stripe, payment_method: string, params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  create(stripe, { payment_method, confirm: true, return_url: returnUrl, ...params });

describe('each change tells what has happened', () => {
  const created = 'payment_intent.created';

  test.each([
    ['pm_card_visa', ['charge.succeeded', 'payment_intent.succeeded', 'charge.updated']],
    ['pm_card_threeDSecure2Required', ['payment_intent.requires_action']],
    ['pm_usBankAccount_processing', ['charge.pending', 'payment_intent.processing']],
    [
      'pm_card_createDispute',
      [
        ...['charge.succeeded', 'payment_intent.succeeded', 'charge.dispute.created'],
        ...['charge.dispute.funds_withdrawn', 'charge.updated', 'charge.updated'],
      ],
    ],
  ])('paid with %s: %j', async (card, expected) => {
    const stripe = provider.client();
    await pay(stripe, card);
    expect(await types(stripe)).toEqual([created, ...expected]);
  });

  test('a decline', async () => {
    const stripe = provider.client();
    await errorOf(pay(stripe, 'pm_card_chargeDeclined'));
    expect(await types(stripe)).toEqual([created, 'charge.failed', 'payment_intent.payment_failed']);
  });

  test.each([
    ['complete', ['charge.succeeded', 'payment_intent.succeeded', 'charge.updated']],
    ['fail', ['payment_intent.payment_failed']],
  ])('at the bank: %s', async (result, expected) => {
    const stripe = provider.client();
    const { id } = await pay(stripe, 'pm_card_threeDSecure2Required');
    await provider.control(`/intents/${id}/action`, { result });
    expect((await types(stripe)).slice(2)).toEqual(expected);
  });

  test.each([
    ['succeed', ['charge.succeeded', 'payment_intent.succeeded', 'charge.updated']],
    ['fail', ['charge.failed', 'payment_intent.payment_failed']],
  ])('a late answer: %s', async (result, expected) => {
    const stripe = provider.client();
    const { id } = await pay(stripe, 'pm_usBankAccount_processing');
    await provider.control(`/intents/${id}/settle`, { result });
    expect((await types(stripe)).slice(3)).toEqual(expected);
  });

  test('canceled; captured; let go', async () => {
    const stripe = provider.client();
    await stripe.paymentIntents.cancel((await create(stripe)).id);
    expect(await types(stripe)).toEqual([created, 'payment_intent.canceled']);

    const capturing = provider.client();
    const manual = { capture_method: 'manual' } as const;
    await capturing.paymentIntents.capture((await pay(capturing, 'pm_card_visa', manual)).id);
    await capturing.paymentIntents.cancel((await pay(capturing, 'pm_card_visa', manual)).id);
    const authorized = [created, 'charge.succeeded', 'payment_intent.amount_capturable_updated'];
    expect(await types(capturing)).toEqual([
      ...[...authorized, 'charge.captured', 'payment_intent.succeeded'],
      ...[...authorized, 'charge.refunded', 'payment_intent.canceled'],
    ]);
  });

  test('refunds: one made, one that fails later', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe, 'pm_card_refundFail');
    expect(await types(stripe)).toHaveLength(4);
    await stripe.refunds.create({ payment_intent: intent.id, amount: 1000 });
    await provider.control('/clock/advance', { hours: 2, account: accountOf(stripe) });
    expect((await types(stripe)).slice(4)).toEqual([
      ...['refund.created', 'charge.refunded', 'refund.updated', 'charge.refund.updated', 'refund.failed'],
    ]);
    const { data } = await stripe.events.list({ type: 'charge.refunded' });
    expect(data[0]?.data).toMatchObject({
      object: { id: intent.latest_charge, amount_refunded: 1000 },
      previous_attributes: { amount_refunded: 0 },
    });
  });
});

test('what is refused tells nothing', async () => {
  const stripe = provider.client();
  const { id } = await pay(stripe, 'pm_card_visa');
  const before = await types(stripe);
  await errorOf(stripe.paymentIntents.cancel(id));
  await errorOf(stripe.refunds.create({ payment_intent: id, amount: 9999 }));
  await errorOf(stripe.paymentIntents.create({ ...open, confirm: true }));
  expect(await types(stripe)).toEqual(before);
});

test('an event is the object as it was then, and names the request and its key', async () => {
  const stripe = provider.client();
  const intent = await stripe.paymentIntents.create(open, { idempotencyKey: 'create 1' });
  await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' }, { idempotencyKey: 'confirm 1' });
  const { data } = await stripe.events.list({ type: 'payment_intent.created' });
  const [event] = data;
  expect(event).toMatchObject({
    object: 'event',
    api_version: '2026-10-28.endive',
    data: { object: { id: intent.id, status: 'requires_payment_method' } },
    livemode: false,
    pending_webhooks: 0,
    request: { id: intent.lastResponse.requestId, idempotency_key: 'create 1' },
    type: 'payment_intent.created',
  });
  expect(event?.id).toMatch(/^evt_/);
  expect(await stripe.events.retrieve(event?.id ?? '')).toMatchObject({ id: event?.id, data: event?.data });
  expect(await errorOf(stripe.events.retrieve('evt_none'))).toMatchObject({ statusCode: 404 });
});

test('what happens by itself names no request', async () => {
  const stripe = provider.client();
  await pay(stripe, 'pm_card_visa');
  const [settled] = await eventually(async () => {
    const { data } = await stripe.events.list({ type: 'charge.updated' });
    return data.length > 0 ? data : undefined;
  });
  expect(settled).toMatchObject({
    request: { id: null, idempotency_key: null },
    data: {
      object: { balance_transaction: expect.stringMatching(/^txn_/) },
      previous_attributes: { balance_transaction: null },
    },
  });
});

test('the list is narrowed by type, types, time and page', async () => {
  const stripe = provider.client();
  const first = await pay(stripe, 'pm_card_visa');
  await provider.control('/clock/advance', { hours: 1, account: accountOf(stripe) });
  const second = await pay(stripe, 'pm_card_visa');
  await types(stripe);
  const list = async (params: Stripe.EventListParams) =>
    (await stripe.events.list(params)).data.map(({ type, data }) => [type, (data.object as { id: string }).id]);
  const paid = (intent: Stripe.PaymentIntent) => ['payment_intent.succeeded', intent.id];
  expect(await list({ type: 'payment_intent.succeeded' })).toEqual([paid(second), paid(first)]);
  expect(await list({ types: ['payment_intent.succeeded', 'payment_intent.created'] })).toHaveLength(4);
  expect(await list({ type: 'payment_intent.*' })).toHaveLength(4);
  expect(await list({ type: 'payment_intent.succeeded', created: { lt: second.created } })).toEqual([paid(first)]);
  const [newest] = (await stripe.events.list({ limit: 1 })).data;
  expect((await stripe.events.list({ limit: 1, starting_after: newest?.id ?? '' })).has_more).toBe(true);
  const all = (await stripe.events.list({ limit: 100 })).data.map(({ id }) => id);
  const before = await stripe.events.list({ limit: 100, ending_before: all.at(-1) ?? '' });
  expect(before.data.map(({ id }) => id)).toEqual(all.slice(0, -1));
});

test('events are forgotten after 30 days', async () => {
  const stripe = provider.client();
  await create(stripe);
  await provider.control('/clock/advance', { hours: 31 * 24, account: accountOf(stripe) });
  expect((await stripe.events.list()).data).toEqual([]);
});
