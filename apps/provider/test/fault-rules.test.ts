import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endProvider, errorOf, eventually, newAccount, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => endProvider(provider));

const CONFIRM = '/v1/payment_intents/*/confirm';

/** An account with an order of its own. */
function someone() {
  const [account, orderId] = [newAccount(), randomUUID()];
  const stripe = provider.client(account);
  return {
    account,
    orderId,
    stripe,
    arm: (match: object, more: object = {}) =>
      provider.arm({ match: { account, ...match }, action: 'error_503_before', ...more }),
    hits: async () => (await provider.faults(account)).map(({ hits }) => hits),
    create: (order: string = orderId) =>
      stripe.paymentIntents.create({ amount: 4200, currency: 'eur', metadata: { order_id: order } }),
  };
}

/** `ok`, or the status it failed with. */
const heard = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: Stripe.errors.StripeError) => error.statusCode,
  );

describe.concurrent('a rule matches', () => {
  test('an order, also in a confirm, which does not name it', async () => {
    const { stripe, create, arm, orderId, hits } = someone();
    const [ours, theirs] = [await create(), await create('another')];
    await arm({ order_id: orderId });
    const confirm = (id: string) => heard(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }));
    expect(await confirm(theirs.id)).toBe('ok');
    expect(await confirm(ours.id)).toBe(503);
    expect(await hits()).toEqual([1]);
  });

  test('an account: nobody else meets it', async () => {
    const [one, other] = [someone(), someone()];
    await one.arm({});
    expect(await heard(other.create())).toBe('ok');
    expect(await heard(one.create())).toBe(503);
  });

  test('a method and a path, where a star is any one part', async () => {
    const { stripe, create, arm, hits } = someone();
    await arm({ path: CONFIRM }, { action: { name: 'decline', code: 'lost_card' } });
    await arm({ method: 'GET', path: '/v1/payment_intents/*' });
    const { id } = await create();
    expect(await heard(stripe.paymentIntents.update(id, { description: 'x' }))).toBe('ok');
    expect(await heard(stripe.paymentIntents.list())).toBe('ok');
    expect(await hits()).toEqual([0, 0]);
    expect(await heard(stripe.paymentIntents.retrieve(id))).toBe(503);
    const refused = await errorOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }));
    expect(refused.decline_code).toBe('lost_card');
    expect(await hits()).toEqual([1, 1]);
  });

  test('an intent', async () => {
    const { stripe, create, arm } = someone();
    const [one, two] = [await create(), await create()];
    await arm({ pi: two.id });
    expect(await heard(stripe.paymentIntents.retrieve(one.id))).toBe('ok');
    expect(await heard(stripe.paymentIntents.retrieve(two.id))).toBe(503);
  });

  test('an idempotency key', async () => {
    const { stripe, arm } = someone();
    await arm({ key: 'the second' });
    const create = (idempotencyKey: string) =>
      heard(stripe.paymentIntents.create({ amount: 4200, currency: 'eur' }, { idempotencyKey }));
    expect([await create('the first'), await create('the second')]).toEqual(['ok', 503]);
  });

  test('a card: named, behind a payment method or a token, or the one the intent has', async () => {
    const { stripe, create, arm, hits } = someone();
    const token = async (payment_method: string) =>
      (await stripe.testHelpers.confirmationTokens.create({ payment_method })).id;
    const confirm = async (params: Stripe.PaymentIntentConfirmParams) =>
      heard(stripe.paymentIntents.confirm((await create()).id, params));
    const [visa, mastercard] = [await token('pm_card_visa'), await token('pm_card_mastercard')];
    const { id: method } = await stripe.paymentMethods.retrieve('pm_card_mastercard');
    const { id: chosen } = await create();
    await stripe.paymentIntents.update(chosen, { payment_method: 'pm_card_mastercard' });

    await arm({ payment_method: 'pm_card_mastercard', path: CONFIRM }, { times: 9 });
    expect(await confirm({ payment_method: 'pm_card_visa' })).toBe('ok');
    expect(await confirm({ confirmation_token: visa, return_url: 'http://shop.example/' })).toBe('ok');
    expect(await hits()).toEqual([0]);
    expect(await confirm({ payment_method: 'pm_card_mastercard' })).toBe(503);
    expect(await confirm({ payment_method: method })).toBe(503);
    expect(await confirm({ confirmation_token: mastercard, return_url: 'http://shop.example/' })).toBe(503);
    expect(await heard(stripe.paymentIntents.confirm(chosen))).toBe(503);
  });

  test('a card under either of its names', async () => {
    const { stripe, create, arm } = someone();
    await arm({ payment_method: 'pm_card_visa_chargeDeclinedLostCard' });
    const { id } = await create();
    const confirming = stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclinedLostCard' });
    expect(await heard(confirming)).toBe(503);
  });

  test('the nth of them and, with times, those after it', async () => {
    const { create, arm } = someone();
    await arm({ nth: 2 }, { times: 2 });
    const answers = [];
    for (let n = 0; n < 4; n++) answers.push(await heard(create()));
    expect(answers).toEqual(['ok', 503, 503, 'ok']);
  });
});

describe.concurrent('a rule is used up', () => {
  test('after as many times as it was armed for, and stays in the list with its hits', async () => {
    const { create, arm, account } = someone();
    await arm({}, { times: 3 });
    const answers = [];
    for (let n = 0; n < 5; n++) answers.push(await heard(create()));
    expect(answers).toEqual([503, 503, 503, 'ok', 'ok']);
    expect(await provider.faults(account)).toMatchObject([{ times: 3, hits: 3, seen: 3 }]);
  });

  test('exactly once by requests that come together', async () => {
    const { create, arm, hits } = someone();
    await arm({}, { times: 5 });
    const answers = await Promise.all(Array.from({ length: 40 }, () => heard(create())));
    expect(answers.filter((answer) => answer === 503)).toHaveLength(5);
    expect(await hits()).toEqual([5]);
  });

  test('and a request that it hit is not counted by the rules behind it', async () => {
    const { create, arm, account } = someone();
    await arm({});
    await arm({}, { action: 'lock_timeout' });
    expect([await heard(create()), await heard(create()), await heard(create())]).toEqual([503, 429, 'ok']);
    expect(await provider.faults(account)).toMatchObject([{ seen: 1 }, { seen: 1 }]);
  });

  test('when its time is over, without a hit', async () => {
    const { create, arm, account } = someone();
    await arm({}, { ttlMs: 1 });
    await eventually(async () => {
      const [fault] = (await provider.faults(account)) as unknown as [{ expiresAt: number }];
      return Date.now() > fault.expiresAt ? true : undefined;
    });
    expect(await heard(create())).toBe('ok');
    expect(await provider.faults(account)).toMatchObject([{ seen: 0, hits: 0 }]);
  });

  test('when it is removed', async () => {
    const { create, arm, account } = someone();
    const id = await arm({});
    const remove = () => fetch(`http://127.0.0.1:${provider.controlPort}/faults/${id}`, { method: 'DELETE' });
    expect(await (await remove()).json()).toMatchObject({ id, hits: 0 });
    expect(await heard(create())).toBe('ok');
    expect(await provider.faults(account)).toEqual([]);
    const again = await remove();
    expect(again.status).toBe(404);
    expect(await again.json()).toMatchObject({ error: { code: 'no_such_fault' } });
  });

  test('a request that it cannot change is not matched: what asks no bank is not declined', async () => {
    const { stripe, create, arm, hits } = someone();
    await arm({}, { action: 'decline' });
    const { id } = await create();
    await stripe.paymentIntents.retrieve(id);
    expect(await hits()).toEqual([0]);
    expect(await heard(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }))).toBe(402);
    expect(await hits()).toEqual([1]);
  });
});

test('in each place a request passes, another rule may hit it', async () => {
  const { create, arm, hits } = someone();
  await arm({}, { action: { name: 'slow_before', ms: 1 } });
  await arm({}, { action: 'cut_body' });
  await arm({}, { action: 'hang_after' });
  expect((await errorOf(create())).type).toBe('StripeConnectionError');
  // Two for the same place: the first of them has it.
  expect(await hits()).toEqual([1, 1, 0]);
});

describe('what cannot be armed', () => {
  test.each([
    ['an unknown action', { match: {}, action: 'explode' }],
    ['an unknown option', { match: {}, action: { name: 'rst_after', ms: 5 } }],
    ['a wrong option', { match: {}, action: { name: 'hang_after', ms: 'long' } }],
    ['an unknown decline', { match: {}, action: { name: 'decline', code: 'bad_mood' } }],
    ['no action', { match: {} }],
    ['no match', { action: 'rst_after' }],
    ['an unknown condition', { match: { colour: 'blue' }, action: 'rst_after' }],
    ['a card that is none', { match: { payment_method: 'pm_card_none' }, action: 'rst_after' }],
    ['a path that is none', { match: { path: 'v1' }, action: 'rst_after' }],
    ['never', { match: {}, action: 'rst_after', times: 0 }],
    ['half a time', { match: {}, action: 'rst_after', times: 1.5 }],
    ['the zeroth', { match: { nth: 0 }, action: 'rst_after' }],
    ['no time at all', { match: {}, action: 'rst_after', ttlMs: 0 }],
    ['an unknown member', { match: {}, action: 'rst_after', often: true }],
    ['a list', []],
  ])('%s: 400, and nothing is armed', async (_, rule) => {
    const refused = await provider.control('/faults', rule);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: 'invalid_input' } });
    const all = (await (await provider.control('/faults')).json()) as { match: { account?: string } }[];
    expect(all.filter(({ match }) => match.account === undefined)).toEqual([]);
  });

  test('a rule says what it was armed with, defaults filled in', async () => {
    const account = newAccount();
    const armed = await provider.control('/faults', { match: { account }, action: 'hang_after', ttlMs: 60_000 });
    expect(armed.status).toBe(201);
    const fault = (await armed.json()) as { armedAt: number; expiresAt: number };
    expect(fault).toMatchObject({
      ...{ match: { account }, action: { name: 'hang_after', ms: 120_000 }, times: 1, seen: 0, hits: 0 },
    });
    expect(fault.expiresAt - fault.armedAt).toBe(60_000);
  });

  test('a filter that is none: 400', async () => {
    expect((await provider.control('/faults?colour=blue')).status).toBe(400);
  });
});
