import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Received, startEndpoint, type TestEndpoint, verified } from './endpoint.ts';
import { accountOf, endProvider, eventually, post, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider({ PROVIDER_WEBHOOK_RETRIES_MS: '20' });
});
afterAll(() => endProvider(provider));

let shop: TestEndpoint;
let stripe: Stripe;
let secret: string;
let endpoint: string;
beforeEach(async () => {
  shop = await startEndpoint();
  stripe = provider.client();
  ({ secret = '', id: endpoint } = await stripe.webhookEndpoints.create({
    ...{ url: shop.url, enabled_events: ['payment_intent.created', 'payment_intent.canceled'] },
  }));
});
afterEach(() => shop.close());

const create = (orderId: string = randomUUID()) =>
  stripe.paymentIntents.create({ amount: 4200, currency: 'eur', metadata: { order_id: orderId } });

function arm(action: string | object, rule: { match?: object; times?: number } = {}): Promise<string> {
  return provider.arm({ ...rule, match: { account: accountOf(stripe), ...rule.match }, action });
}

async function states(): Promise<string[]> {
  const answer = await provider.control(`/deliveries?account=${accountOf(stripe)}`);
  return ((await answer.json()) as { state: string }[]).map(({ state }) => state).toReversed();
}

/** Waits until every delivery of the account is in one of these states. */
const allIn = (...wanted: string[]) =>
  eventually(async () => ((await states()).every((state) => wanted.includes(state)) ? true : undefined));

const intentIds = (received: Received[]) => received.map(({ event }) => (event.data.object as { id: string }).id);

describe('in the queue', () => {
  test('drop: it never comes, and is in the list of events as one that was not delivered', async () => {
    await arm('drop');
    const lost = await create();
    const kept = await create();
    await allIn('dropped', 'succeeded');
    expect(intentIds(shop.received)).toEqual([kept.id]);
    const { data } = await stripe.events.list({ delivery_success: false });
    expect(data.map((event) => (event.data.object as { id: string }).id)).toEqual([lost.id]);
  });

  test('hold: it comes when it is let go, by its own id or all of an order', async () => {
    await arm('hold', { times: 2 });
    const [first, second] = [await create('order 1'), await create('order 2')];
    const third = await create();
    await allIn('held', 'succeeded');
    expect(intentIds(shop.received)).toEqual([third.id]);
    await provider.control('/deliveries/release', { account: accountOf(stripe), order_id: 'order 2' });
    expect(intentIds(await shop.has(2))[1]).toBe(second.id);
    const answer = await provider.control(`/deliveries?order_id=order%201&account=${accountOf(stripe)}&state=held`);
    const [held] = (await answer.json()) as { id: string }[];
    const release = () => provider.control(`/deliveries/${held?.id}/release`, {});
    expect((await release()).status).toBe(200);
    expect(intentIds(await shop.has(3))[2]).toBe(first.id);
    expect((await release()).status).toBe(409);
  });

  test('hold: a rule that is taken away lets go what it holds', async () => {
    const rule = await arm('hold');
    await create();
    expect(await states()).toEqual(['held']);
    await fetch(`http://127.0.0.1:${provider.controlPort}/faults/${rule}`, { method: 'DELETE' });
    await shop.has(1);
  });

  test('delay: it is due later, and the one after it overtakes it', async () => {
    await arm({ name: 'delay', ms: 1_500 });
    const [late, early] = [await create(), await create()];
    expect(intentIds(await shop.has(2))).toEqual([early.id, late.id]);
  });

  test('reorder: as many as it is armed for come in reverse, however slow the endpoint is', async () => {
    await arm('reorder', { times: 3 });
    shop.answer = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return 200;
    };
    const made = [await create(), await create()];
    expect(await states()).toEqual(['held', 'held']);
    made.push(await create());
    expect(intentIds(await shop.has(3))).toEqual(made.map(({ id }) => id).toReversed());
  });

  test('reorder: two, where nobody says how many', async () => {
    await arm('reorder');
    const { id } = await create();
    await stripe.paymentIntents.cancel(id);
    await shop.has(2);
    expect(shop.types()).toEqual(['payment_intent.canceled', 'payment_intent.created']);
  });

  test('duplicate_same_event: one event twice; duplicate_new_event: two events that tell the same', async () => {
    await arm('duplicate_same_event');
    await create();
    const [first, again] = await shop.has(2);
    expect(again?.event.id).toBe(first?.event.id);
    await arm('duplicate_new_event');
    await create();
    const [third, fourth] = (await shop.has(4)).slice(2);
    expect(fourth?.event.id).not.toBe(third?.event.id);
    expect(fourth?.event).toMatchObject({ type: third?.event.type, data: third?.event.data });
    for (const each of shop.received) expect(await stripe.events.retrieve(each.event.id)).toBeDefined();
    expect((await stripe.events.list()).data).toHaveLength(3);
  });

  test('before_response: the endpoint has been told before the request is answered', async () => {
    await arm('before_response');
    let isAnswered = false;
    let wasAnswered: boolean | undefined;
    shop.answer = async () => {
      // What it tells can be looked up already.
      await stripe.paymentIntents.list();
      wasAnswered = isAnswered;
      return 200;
    };
    await create();
    isAnswered = true;
    expect(wasAnswered).toBe(false);
  });
});

describe('in the signature', () => {
  const fails = (received: Received | undefined, tolerance?: number) =>
    expect(() => received && verified(received, secret, tolerance)).toThrow(
      Stripe.errors.StripeSignatureVerificationError,
    );

  test('bad_signature: of one try; the next one is good', async () => {
    await arm('bad_signature');
    shop.answer = async () => (shop.received.length === 1 ? 400 : 200);
    await create();
    const [bad, good] = await shop.has(2);
    fails(bad);
    expect(good && verified(good, secret).id).toBe(bad?.event.id);
  });

  test('stale_timestamp: right, but of ten minutes ago', async () => {
    await arm('stale_timestamp');
    await create();
    const [stale] = await shop.has(1);
    fails(stale);
    expect(stale && verified(stale, secret, 3600).type).toBe('payment_intent.created');
  });

  test('old_secret: by the secret before this one, of which there must have been one', async () => {
    await arm('old_secret', { times: 2 });
    await create();
    const [first] = await shop.has(1);
    expect(first && verified(first, secret).type).toBe('payment_intent.created');
    const roll = await provider.control(`/webhook_endpoints/${endpoint}/roll`, { overlapMs: 0 });
    const old = secret;
    ({ secret } = (await roll.json()) as { secret: string });
    await create();
    const second = (await shop.has(2))[1];
    fails(second);
    expect(second && verified(second, old).type).toBe('payment_intent.created');
    expect(await provider.faults(accountOf(stripe))).toMatchObject([{ hits: 1, times: 2 }]);
  });
});

describe('a rule', () => {
  test('is matched by order, intent, type of event and its beginning, and by nothing that a webhook does not have', async () => {
    const orderId = randomUUID();
    await arm('drop', { match: { order_id: orderId, event: 'payment_intent.canceled' } });
    await arm('hold', { match: { event: 'charge.*' } });
    const [other, intent] = [await create(), await create(orderId)];
    await stripe.paymentIntents.cancel(other.id);
    await stripe.paymentIntents.cancel(intent.id);
    await allIn('succeeded', 'dropped');
    expect(await states()).toEqual(['succeeded', 'succeeded', 'succeeded', 'dropped']);
    const url = `http://127.0.0.1:${provider.controlPort}/faults`;
    for (const rule of [
      { match: { path: '/v1/events' }, action: 'drop' },
      { match: { event: 'charge.*' }, action: 'rst_after' },
    ]) {
      const refused = await fetch(url, post(rule));
      expect(refused.status).toBe(400);
    }
  });

  test('shows in the queue what it did', async () => {
    await arm('drop');
    await create();
    const answer = await provider.control(`/deliveries?account=${accountOf(stripe)}`);
    expect(await answer.json()).toMatchObject([{ state: 'dropped', faults: ['drop'], tried: [] }]);
  });
});
