import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOf, endProvider, errorOf, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  // With some latency, or requests would never overlap and the races below would be none.
  provider = await startProvider({ PROVIDER_LATENCY_MS: '6' });
});
afterAll(() => endProvider(provider));

const plain = { amount: 4200, currency: 'eur' } as const;

describe('an intent', () => {
  test('is created waiting for a way to pay, in test mode, with a secret', async () => {
    const intent = await provider
      .client()
      .paymentIntents.create({ ...plain, currency: 'EUR', metadata: { order_id: '7' } });
    expect(intent).toMatchObject({
      object: 'payment_intent',
      amount: 4200,
      amount_received: 0,
      automatic_payment_methods: { enabled: true },
      capture_method: 'automatic_async',
      currency: 'eur',
      latest_charge: null,
      livemode: false,
      metadata: { order_id: '7' },
      payment_method: null,
      status: 'requires_payment_method',
    });
    expect(intent.id).toMatch(/^pi_[A-Za-z0-9]{25}$/);
    expect(intent.client_secret).toMatch(new RegExp(`^${intent.id}_secret_`));
    expect(Math.abs(intent.created - Date.now() / 1000)).toBeLessThan(5);
  });

  test('keeps and returns what is documented and has no effect here', async () => {
    const stripe = provider.client();
    const given = {
      ...plain,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      customer: (await stripe.customers.create()).id,
      description: '0042',
      payment_method_options: { card: { request_three_d_secure: 'automatic' } },
      receipt_email: 'a@example.com',
      setup_future_usage: 'off_session',
      shipping: { address: { line1: 'Quay 1', city: 'Porto', country: 'PT' }, name: 'Ada', phone: '0123' },
      statement_descriptor_suffix: 'PRINT',
      transfer_group: 'g',
    } as const;
    const intent = await stripe.paymentIntents.create(given);
    expect(intent).toMatchObject(given);
  });

  test('is changed by an update; "" removes metadata, one by one or all', async () => {
    const stripe = provider.client();
    const intent = await stripe.paymentIntents.create({ ...plain, metadata: { a: '1', b: '2' }, description: 'x' });
    const updated = await stripe.paymentIntents.update(intent.id, {
      amount: 5000,
      description: '',
      metadata: { a: '', c: '3' },
      payment_method: 'pm_card_visa',
    });
    expect(updated).toMatchObject({ amount: 5000, description: null, status: 'requires_confirmation' });
    expect(updated.metadata).toEqual({ b: '2', c: '3' });
    expect((await stripe.paymentIntents.update(intent.id, { metadata: '' })).metadata).toEqual({});
  });

  test('paid, keeps its amount, but takes metadata', async () => {
    const stripe = provider.client();
    const { id } = await stripe.paymentIntents.create({ ...plain, payment_method: 'pm_card_visa', confirm: true });
    const error = await errorOf(stripe.paymentIntents.update(id, { amount: 1 + plain.amount }));
    expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
    expect((await stripe.paymentIntents.update(id, { metadata: { note: 'late' } })).metadata).toEqual({ note: 'late' });
  });

  test('with metadata that is named like something else is taken as it is, or refused', async () => {
    const stripe = provider.client();
    const metadata = { constructor: 'x', toString: 'y' } as unknown as Stripe.MetadataParam;
    const { id } = await stripe.paymentIntents.create({ ...plain, metadata });
    const kept = new Map(Object.entries((await stripe.paymentIntents.retrieve(id)).metadata));
    expect(kept).toEqual(
      new Map([
        ['constructor', 'x'],
        ['toString', 'y'],
      ]),
    );
    const polluting = stripe.paymentIntents.create({ ...plain, metadata: JSON.parse('{"__proto__":"x"}') });
    expect(await errorOf(polluting)).toMatchObject({ statusCode: 400, param: 'metadata[__proto__]' });
  });

  test('confirmed twenty times at once, under as many keys, is charged once', async () => {
    const stripe = provider.client();
    const { id } = await stripe.paymentIntents.create(plain);
    const confirms = Array.from({ length: 20 }, () =>
      stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }, { idempotencyKey: randomUUID() }),
    );
    const settled = await Promise.allSettled(confirms);
    expect(settled.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
    const refusals = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'payment_intent_unexpected_state' });
    expect(await provider.ledger(accountOf(stripe))).toHaveLength(1);
  });

  test('two of one order are both charged: a shop that does that must see it in the ledger', async () => {
    const stripe = provider.client();
    const paying = { ...plain, payment_method: 'pm_card_visa', confirm: true, metadata: { order_id: randomUUID() } };
    await stripe.paymentIntents.create(paying);
    await stripe.paymentIntents.create(paying);
    const rows = await provider.ledger(accountOf(stripe));
    expect(rows.map((row) => row.order_id)).toEqual([paying.metadata.order_id, paying.metadata.order_id]);
    const page = await (await provider.control('/')).text();
    expect(page).toContain('charged more than once');
  });
});

describe('cancelling', () => {
  test.each([
    ['requires_payment_method', {}],
    ['requires_confirmation', { payment_method: 'pm_card_visa' }],
    [
      'requires_action',
      { payment_method: 'pm_card_authenticationRequired', confirm: true, return_url: 'http://shop.example/' },
    ],
  ])('from %s ends it: it cannot be confirmed any more', async (status, more) => {
    const stripe = provider.client();
    const intent = await stripe.paymentIntents.create({ ...plain, ...more });
    expect(intent.status).toBe(status);
    const canceled = await stripe.paymentIntents.cancel(intent.id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned', next_action: null });
    expect(canceled.canceled_at).not.toBeNull();
    const error = await errorOf(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' }));
    expect(error.raw).toMatchObject({
      code: 'payment_intent_unexpected_state',
      payment_intent: { status: 'canceled' },
    });
    expect((await errorOf(stripe.paymentIntents.cancel(intent.id))).code).toBe('payment_intent_unexpected_state');
    expect(await provider.ledger(accountOf(stripe))).toEqual([]);
  });

  test('a paid one is refused, with the intent in the error', async () => {
    const stripe = provider.client();
    const { id } = await stripe.paymentIntents.create({ ...plain, payment_method: 'pm_card_visa', confirm: true });
    const error = await errorOf(stripe.paymentIntents.cancel(id));
    expect(error.raw).toMatchObject({
      code: 'payment_intent_unexpected_state',
      payment_intent: { id, status: 'succeeded' },
    });
  });

  test('racing a confirm has one winner, and both hear the same', async () => {
    const stripe = provider.client();
    for (let round = 0; round < 10; round += 1) {
      const { id } = await stripe.paymentIntents.create(plain);
      await Promise.allSettled([
        stripe.paymentIntents.cancel(id),
        stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }),
      ]);
      const charges = (await provider.ledger(accountOf(stripe))).filter((row) => row.pi === id);
      const { status } = await stripe.paymentIntents.retrieve(id);
      expect({ status, charges: charges.length }).toEqual(
        status === 'succeeded' ? { status: 'succeeded', charges: 1 } : { status: 'canceled', charges: 0 },
      );
    }
  });
});

describe('bad parameters', () => {
  const create = (params: object) =>
    errorOf(provider.client().paymentIntents.create(params as Stripe.PaymentIntentCreateParams));

  test.each<[string, object, string, string]>([
    ['no amount', { currency: 'eur' }, 'parameter_missing', 'amount'],
    ['no currency', { amount: 500 }, 'parameter_missing', 'currency'],
    ['a fraction', { amount: 500.5, currency: 'eur' }, 'parameter_invalid_integer', 'amount'],
    ['a negative amount', { amount: -500, currency: 'eur' }, 'parameter_invalid_integer', 'amount'],
    ['words for an amount', { amount: 'five', currency: 'eur' }, 'parameter_invalid_integer', 'amount'],
    ['too little', { amount: 49, currency: 'eur' }, 'amount_too_small', 'amount'],
    ['too much', { amount: 100_000_000, currency: 'eur' }, 'amount_too_large', 'amount'],
    ['no such currency', { amount: 500, currency: 'zzz' }, 'parameter_invalid', 'currency'],
    ['something unknown', { ...plain, colour: 'blue' }, 'parameter_unknown', 'colour'],
    [
      'something unknown inside',
      { ...plain, shipping: { address: { city: 'Porto' }, name: 'A', colour: 'x' } },
      'parameter_unknown',
      'shipping[colour]',
    ],
    [
      'two ways to pay',
      { ...plain, confirm: true, payment_method: 'pm_card_visa', confirmation_token: 'ctoken_1' },
      'parameters_exclusive',
      'confirmation_token',
    ],
    [
      'a token without confirm',
      { ...plain, confirmation_token: 'ctoken_1' },
      'parameter_invalid',
      'confirmation_token',
    ],
    [
      '51 metadata keys',
      { ...plain, metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'v'])) },
      'parameter_invalid',
      'metadata',
    ],
    ['long metadata', { ...plain, metadata: { k: 'v'.repeat(501) } }, 'parameter_invalid', 'metadata[k]'],
    [
      'manual confirmation, which is not modelled',
      { ...plain, confirmation_method: 'manual' },
      'parameter_not_modelled',
      'confirmation_method',
    ],
    ['an expand of nothing', { ...plain, expand: ['colour'] }, 'invalid_request_error', 'expand'],
  ])('%s', async (_, params, code, param) => {
    const error = await create(params);
    expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError', param });
    expect(error.code ?? error.rawType).toBe(code);
  });

  test('nothing of them is stored', async () => {
    const stripe = provider.client();
    await errorOf(stripe.paymentIntents.create({ ...plain, colour: 'blue' } as Stripe.PaymentIntentCreateParams));
    expect((await stripe.paymentIntents.list()).data).toEqual([]);
  });

  test.each([
    ['a name in brackets that never close', 'metadata[a=1'],
    ['text and hash under one name', 'metadata=x&metadata[a]=1'],
    ['a hundred thousand levels deep', `amount=500&currency=eur&hooks${'[a]'.repeat(100_000)}=1`],
    ['JSON', '{"amount":500,"currency":"eur"}'],
  ])('a body that is %s is refused with an error member', async (_, body) => {
    const response = await provider.api('/v1/payment_intents', {
      method: 'POST',
      headers: {
        authorization: 'Bearer sk_test_forms',
        'content-type': body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded',
      },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  test('a body of two megabytes is refused with an error member', async () => {
    const response = await provider.api('/v1/payment_intents', {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_forms', 'content-type': 'application/x-www-form-urlencoded' },
      body: `amount=500&currency=eur&description=${'x'.repeat(2_000_000)}`,
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: 'request_too_large' } });
  });
});

describe('who may ask', () => {
  const get = (authorization?: string) =>
    provider.api('/v1/payment_intents', authorization === undefined ? {} : { headers: { authorization } });

  test.each([
    ['no key', undefined, 401],
    ['a live key', 'Bearer sk_live_abc', 401],
    ['a restricted live key', 'Bearer rk_live_abc', 401],
    ['a publishable key', 'Bearer pk_test_abc', 403],
    ['a key of no known form', 'Bearer hunter2', 401],
    ['a key with a quote in it', "Bearer sk_test_a'b", 401],
  ])('%s is refused', async (_, authorization, status) => {
    const response = await get(authorization);
    expect(response.status).toBe(status);
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'invalid_request_error' } });
    expect(body.includes('refuses live keys')).toBe(authorization?.includes('_live_') === true);
    expect(body).not.toContain('hunter2');
  });

  test('a restricted test key belongs to the same account', async () => {
    const stripe = provider.client();
    const { id } = await stripe.paymentIntents.create(plain);
    const headers = { authorization: `Bearer rk_test_${accountOf(stripe)}` };
    expect(await (await provider.api(`/v1/payment_intents/${id}`, { headers })).json()).toMatchObject({ id });
  });

  test('Basic auth works as curl -u sends it', async () => {
    const response = await get(`Basic ${Buffer.from('sk_test_basic:').toString('base64')}`);
    expect(response.status).toBe(200);
  });
});

describe('what does not exist', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/v1/no_such_thing'],
    ['DELETE', '/v1/payment_intents/pi_1'],
    ['GET', '//'],
    ['GET', '/v1/payment_intents/%'],
    ['GET', '/v1/charges/ch_none'],
    ['GET', '/v1/payment_methods/pm_none'],
  ])('%s %s: 404 with an error member, since the SDK takes anything else for success', async (method, path) => {
    const response = await provider.api(path, { method, headers: { authorization: 'Bearer sk_test_none' } });
    expect(response.status).toBe(404);
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  test('an unknown intent is resource_missing, whatever its id looks like', async () => {
    for (const id of ['pi_none', 'weird id/äö']) {
      expect(await errorOf(provider.client().paymentIntents.retrieve(id))).toMatchObject({
        statusCode: 404,
        code: 'resource_missing',
      });
    }
  });
});

test('whatever version a client speaks is echoed', async () => {
  const stripe = provider.client(undefined, { apiVersion: '2024-06-20' as never });
  const { lastResponse } = await stripe.paymentIntents.create(plain);
  expect(lastResponse.apiVersion).toBe('2024-06-20');
});
