import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEndpoint, type TestEndpoint, verified } from './endpoint.ts';
import { accountOf, endProvider, errorOf, eventually, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
let shop: TestEndpoint;
beforeAll(async () => {
  provider = await startProvider({ PROVIDER_WEBHOOK_RETRIES_MS: '20,40', PROVIDER_WEBHOOK_TIMEOUT_MS: '1000' });
});
afterAll(() => endProvider(provider));
beforeEach(async () => {
  shop = await startEndpoint();
});
afterEach(() => shop.close());

/** An endpoint that hears of one type only, so that the tests can count. */
function listen(stripe: Stripe, enabled_events = ['payment_intent.created'], url = shop.url) {
  return stripe.webhookEndpoints.create({ url, enabled_events } as Stripe.WebhookEndpointCreateParams);
}

function create(stripe: Stripe): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({ amount: 4200, currency: 'eur', metadata: { order_id: randomUUID() } });
}

interface Delivery {
  readonly id: string;
  readonly state: string;
  readonly event: string;
  readonly tries: number;
  readonly tried: { readonly status: number | null; readonly failure: string | null }[];
}

async function deliveries(stripe: Stripe): Promise<Delivery[]> {
  return (await (await provider.control(`/deliveries?account=${accountOf(stripe)}`)).json()) as Delivery[];
}

/** The only delivery of an account, once it has come to an end. */
function settled(stripe: Stripe): Promise<Delivery> {
  return eventually(async () => {
    const [only] = await deliveries(stripe);
    return only && only.state !== 'pending' ? only : undefined;
  });
}

describe('an endpoint', () => {
  test('shows its secret once; is retrieved, listed, changed and deleted', async () => {
    const stripe = provider.client();
    const made = await stripe.webhookEndpoints.create({
      ...{ url: shop.url, enabled_events: ['*'], description: 'shop', metadata: { a: '1' } },
    });
    expect(made).toMatchObject({ status: 'enabled', secret: expect.stringMatching(/^whsec_\w{32,}$/), url: shop.url });
    const { lastResponse: _, ...found } = await stripe.webhookEndpoints.retrieve(made.id);
    expect(found).toMatchObject({ description: 'shop', enabled_events: ['*'], metadata: { a: '1' } });
    expect(found).not.toHaveProperty('secret');
    expect((await stripe.webhookEndpoints.list()).data).toEqual([found]);
    const changes = { disabled: true, enabled_events: ['charge.refunded'], metadata: { a: '' } } as const;
    expect(
      await stripe.webhookEndpoints.update(made.id, { ...changes, enabled_events: ['charge.refunded'] }),
    ).toMatchObject({ status: 'disabled', enabled_events: ['charge.refunded'], metadata: {} });
    expect(await stripe.webhookEndpoints.del(made.id)).toMatchObject({ id: made.id, deleted: true });
    expect(await errorOf(stripe.webhookEndpoints.retrieve(made.id))).toMatchObject({ statusCode: 404 });
  });

  test.each([
    ['no url', { enabled_events: ['*'] }, 'url'],
    ['not a web address', { url: 'ftp://shop.example', enabled_events: ['*'] }, 'url'],
    ['no events', { url: 'http://shop.example' }, 'enabled_events'],
    ['not an event', { url: 'http://shop.example', enabled_events: ['everything'] }, 'enabled_events'],
  ])('%s: 400', async (_, params, param) => {
    const creating = provider.client().webhookEndpoints.create(params as never);
    expect(await errorOf(creating)).toMatchObject({ statusCode: 400, param });
  });

  test('hears of its account only, of what it asked for only, and of nothing while it is disabled', async () => {
    const [stripe, other] = [provider.client(), provider.client()];
    const { id } = await listen(stripe, ['charge.succeeded', 'payment_intent.canceled']);
    await create(other);
    const intent = await create(stripe);
    await stripe.paymentIntents.cancel(intent.id);
    const [received] = await shop.has(1);
    expect(received?.event.data.object).toMatchObject({ id: intent.id });
    await stripe.webhookEndpoints.update(id, { disabled: true });
    await stripe.paymentIntents.cancel((await create(stripe)).id);
    expect((await deliveries(stripe)).map(({ state }) => state)).toEqual(['succeeded']);
    expect(shop.types()).toEqual(['payment_intent.canceled']);
  });
});

describe('a delivery', () => {
  test("passes the check of Stripe's SDK, is laid out as Stripe's are, and is the event that can be retrieved", async () => {
    const stripe = provider.client();
    const { secret = '' } = await listen(stripe);
    await create(stripe);
    const [received] = await shop.has(1);
    if (!received) throw new TypeError('nothing came');
    const event = verified(received, secret);
    expect((await stripe.events.retrieve(event.id)).data).toEqual(event.data);
    expect(event.pending_webhooks).toBe(1);
    expect(received.headers['content-type']).toBe('application/json; charset=utf-8');
    // Whoever checks a signature over what he has parsed and written again must fail here as he does there.
    expect(received.body).toBe(JSON.stringify(event, null, 2));
    expect(() => verified({ ...received, body: JSON.stringify(event) }, secret)).toThrow(
      Stripe.errors.StripeSignatureVerificationError,
    );
    expect(() => verified(received, 'whsec_other')).toThrow(Stripe.errors.StripeSignatureVerificationError);
    expect((await settled(stripe)).state).toBe('succeeded');
    expect((await stripe.events.retrieve(event.id)).pending_webhooks).toBe(0);
  });

  test('is tried again until it is taken, with a new signature each time', async () => {
    const stripe = provider.client();
    const { secret = '' } = await listen(stripe);
    let left = 2;
    shop.answer = async () => {
      left -= 1;
      return left >= 0 ? 500 : 204;
    };
    const failing = (await stripe.events.list({ delivery_success: false })).data;
    expect(failing).toEqual([]);
    await create(stripe);
    const tries = await shop.has(3);
    expect(new Set(tries.map((each) => verified(each, secret).id)).size).toBe(1);
    const times = tries.map(({ headers }) => Number(/t=(\d+)/.exec(String(headers['stripe-signature']))?.[1]));
    for (const [index, { atMs }] of tries.entries())
      expect(Math.abs((times[index] ?? 0) - atMs / 1000)).toBeLessThan(3);
    expect(await settled(stripe)).toMatchObject({
      ...{ state: 'succeeded', tries: 3, tried: [{ status: 500 }, { status: 500 }, { status: 204 }] },
    });
    expect((await stripe.events.list({ delivery_success: true })).data).toHaveLength(1);
  });

  test.each([
    ['an error', 500 as const, { status: 500, failure: null }],
    ['a redirect', 302 as const, { status: 302, failure: null }],
    ['no answer', 'hang' as const, { status: null, failure: 'timed out' }],
  ])('that only meets %s fails after its tries, and is found by delivery_success=false', async (_, answer, tried) => {
    const stripe = provider.client();
    await listen(stripe);
    shop.answer = answer;
    await create(stripe);
    expect(await settled(stripe)).toMatchObject({ state: 'failed', tries: 3, tried: [tried, tried, tried] });
    const missed = await stripe.events.list({ delivery_success: false, types: ['payment_intent.created'] });
    expect(missed.data).toMatchObject([{ pending_webhooks: 1 }]);
    expect((await stripe.events.list({ delivery_success: true })).data).toEqual([]);
  });

  test('that finds nobody fails, and by hand is sent again', async () => {
    const stripe = provider.client();
    await shop.close();
    await listen(stripe);
    await create(stripe);
    const failed = await settled(stripe);
    expect(failed).toMatchObject({ state: 'failed', tried: Array(3).fill({ status: null, failure: 'ECONNREFUSED' }) });
    shop = await startEndpoint(Number(new URL(shop.url).port));
    expect((await provider.control(`/deliveries/${failed.id}/resend`, {})).status).toBe(200);
    await shop.has(1);
    expect(
      await eventually(async () => (await deliveries(stripe)).find(({ state }) => state === 'succeeded')),
    ).toMatchObject({ id: failed.id, tries: 1 });
    expect((await stripe.events.list({ delivery_success: false })).data).toEqual([]);
    expect((await provider.control('/deliveries/dlv_none/resend', {})).status).toBe(404);
  });

  test('that is held by hand is not tried again until it is let go', async () => {
    const stripe = provider.client();
    await listen(stripe);
    const answers: ((status: number) => void)[] = [];
    shop.answer = () =>
      new Promise((resolve) => {
        answers.push(resolve);
      });
    await create(stripe);
    await shop.has(1);
    const [{ id } = { id: '' }] = await deliveries(stripe);
    const hold = () => provider.control(`/deliveries/${id}/hold`, {});
    expect((await hold()).status).toBe(200);
    expect((await hold()).status).toBe(409);
    shop.answer = 200;
    answers[0]?.(500);
    const held = await eventually(async () => (await deliveries(stripe)).find(({ tried }) => tried.length === 1));
    expect(held).toMatchObject({ state: 'held', tried: [{ status: 500 }] });
    await provider.control(`/deliveries/${id}/release`, {});
    await shop.has(2);
    expect((await settled(stripe)).state).toBe('succeeded');
  });

  test('of a deleted endpoint is waited for by nobody', async () => {
    const stripe = provider.client();
    const { id } = await listen(stripe);
    shop.answer = 'hang';
    await create(stripe);
    await shop.has(1);
    await stripe.webhookEndpoints.del(id);
    expect((await settled(stripe)).state).toBe('canceled');
    expect((await stripe.events.list({ delivery_success: false })).data).toEqual([]);
  });

  test('does not keep the others waiting', async () => {
    const stripe = provider.client();
    await listen(stripe);
    const waiting: (() => void)[] = [];
    shop.answer = () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(200));
      });
    await Promise.all([create(stripe), create(stripe), create(stripe)]);
    // All three are there before the first one is answered.
    await shop.has(3);
    for (const answer of waiting) answer();
    const states = async () => new Set((await deliveries(stripe)).map(({ state }) => state));
    await expect.poll(states, { timeout: 10_000 }).toEqual(new Set(['succeeded']));
  });
});

describe('another secret', () => {
  test('signs beside the old one for as long as it was said to, then alone', async () => {
    const stripe = provider.client();
    const { id, secret: old = '' } = await listen(stripe);
    const roll = async (body: object) =>
      ((await (await provider.control(`/webhook_endpoints/${id}/roll`, body)).json()) as { secret: string }).secret;
    const next = await roll({});
    await create(stripe);
    const [first] = await shop.has(1);
    if (!first) throw new TypeError('nothing came');
    expect(verified(first, old).id).toBe(verified(first, next).id);

    const last = await roll({ overlapMs: 0 });
    await create(stripe);
    const second = (await shop.has(2))[1];
    if (!second) throw new TypeError('nothing came');
    expect(verified(second, last).type).toBe('payment_intent.created');
    expect(() => verified(second, next)).toThrow(Stripe.errors.StripeSignatureVerificationError);
    expect((await provider.control('/webhook_endpoints/we_none/roll', {})).status).toBe(404);
  });
});

describe('the endpoint from the environment', () => {
  test('is there without being made, for the account of the shop; another secret replaces it as by hand', async () => {
    const env = (STRIPE_WEBHOOK_SECRET: string) => ({
      ...{ STRIPE_WEBHOOK_SECRET, PROVIDER_WEBHOOK_URL: shop.url, STRIPE_SECRET_KEY: 'sk_test_shop' },
    });
    const first = await startProvider(env('whsec_one'));
    await create(first.client('shop'));
    await create(first.client('other'));
    const [received] = await shop.has(1);
    expect(received && verified(received, 'whsec_one').type).toBe('payment_intent.created');
    await first.kill('SIGTERM');

    const second = await startProvider(env('whsec_two'), first.dataDir);
    await create(second.client('shop'));
    const both = (await shop.has(2))[1];
    for (const secret of ['whsec_one', 'whsec_two']) expect(both && verified(both, secret).type).toBeDefined();
    await second.kill('SIGTERM');

    const third = await startProvider({}, first.dataDir);
    expect((await third.client('shop').webhookEndpoints.list()).data).toEqual([]);
    await endProvider(third);
    expect(shop.received).toHaveLength(2);
  });

  test('is at the shop, where nobody says where', async () => {
    const alone = await startProvider({ STRIPE_WEBHOOK_SECRET: 'whsec_one', PORT: '3456' });
    expect((await alone.client('local').webhookEndpoints.list()).data).toMatchObject([
      { url: 'http://127.0.0.1:3456/api/webhooks/stripe', enabled_events: ['*'] },
    ]);
    await endProvider(alone);
  });
});
