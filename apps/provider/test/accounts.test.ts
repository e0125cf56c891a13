// What an account has beside its payments: customers, and a limit to how often it may ask.
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endProvider, errorOf, eventually, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => endProvider(provider));

describe('a customer', () => {
  test('is made, changed, found and deleted; deleted, only that is known', async () => {
    const stripe = provider.client();
    const address = { line1: 'Quay 1', city: 'Porto' };
    const made = await stripe.customers.create({
      email: 'ada@example.com',
      name: 'Ada',
      address,
      metadata: { a: '1' },
    });
    expect(made).toMatchObject({
      email: 'ada@example.com',
      name: 'Ada',
      address,
      metadata: { a: '1' },
      livemode: false,
    });
    await stripe.customers.create({ email: 'other@example.com' });
    expect(await stripe.customers.update(made.id, { name: '', metadata: { b: '2' } })).toMatchObject({
      ...{ name: null, email: 'ada@example.com', metadata: { a: '1', b: '2' } },
    });
    expect((await stripe.customers.list({ email: 'ada@example.com' })).data.map(({ id }) => id)).toEqual([made.id]);
    expect(await stripe.customers.del(made.id)).toMatchObject({ id: made.id, deleted: true });
    expect(await stripe.customers.retrieve(made.id)).toMatchObject({ id: made.id, deleted: true });
    expect((await stripe.customers.list()).data).toHaveLength(1);
    expect(await errorOf(stripe.customers.update(made.id, { name: 'x' }))).toMatchObject({ statusCode: 404 });
  });

  test('pays: the intent and its charge name him, and he can be expanded; a stranger is refused', async () => {
    const stripe = provider.client();
    const { id: customer } = await stripe.customers.create({ name: 'Ada' });
    const paying = { amount: 4200, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' } as const;
    const intent = await stripe.paymentIntents.create({ ...paying, customer, expand: ['customer', 'latest_charge'] });
    expect(intent).toMatchObject({ customer: { name: 'Ada' }, latest_charge: { customer } });
    expect((await stripe.charges.list({ customer })).data).toHaveLength(1);
    expect(await errorOf(stripe.paymentIntents.create({ ...paying, customer: 'cus_none' }))).toMatchObject({
      ...{ statusCode: 400, code: 'resource_missing', param: 'customer' },
    });
  });
});

describe('a limit to how often an account may ask', () => {
  test('is none, where nobody sets one', async () => {
    const stripe = provider.client();
    const lists = Array.from({ length: 200 }, () => stripe.paymentIntents.list());
    await expect(Promise.all(lists)).resolves.toHaveLength(200);
  });

  test('is for each account by itself, is never stored, and lets in again after a moment', async () => {
    const limited = await startProvider({ PROVIDER_REQUESTS_PER_SECOND: '5' });
    const [stripe, other] = [limited.client(), limited.client()];
    const create = (client: Stripe, n: number) =>
      client.paymentIntents.create({ amount: 4200, currency: 'eur' }, { idempotencyKey: `create ${n}` });
    const asked = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => create(stripe, n)));
    const refused = asked.flatMap((each, n) => (each.status === 'rejected' ? [{ n, error: each.reason }] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const { error } of refused) {
      expect(error).toMatchObject({
        ...{ type: 'StripeRateLimitError', statusCode: 429, code: 'rate_limit' },
        headers: { 'stripe-rate-limited-reason': 'global-rate' },
      });
      expect((error as Stripe.errors.StripeError).headers).not.toHaveProperty('stripe-should-retry');
    }
    expect((await create(other, 0)).status).toBe('requires_payment_method');
    const again = await eventually(() => create(stripe, refused[0]?.n ?? 0).catch(() => undefined));
    expect(again.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
    await endProvider(limited);
  });
});
