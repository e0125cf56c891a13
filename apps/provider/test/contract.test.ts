// What a client of Stripe relies on, through Stripe's own SDK: the same tests for this provider and, where
// STRIPE_CONTRACT_KEY (sk_test_…) is given, for Stripe itself. So nothing here uses the control port, and what Stripe does
// in its own time is waited for. STRIPE_CONTRACT_BASE runs them against any other implementation.
import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endProvider, errorOf, eventually, idOf, newAccount, type RunningProvider, startProvider } from './provider.ts';

const contractKey = process.env['STRIPE_CONTRACT_KEY'];
const OPTIONS = { maxNetworkRetries: 0, telemetry: false, timeout: 20_000 } as const;
/** Stripe does in the background what is done here within a quarter of a second. */
const PATIENCE_MS = 60_000;

let local: RunningProvider;
beforeAll(async () => {
  local = await startProvider();
});
afterAll(() => endProvider(local));

if (contractKey === undefined) {
  console.warn('STRIPE_CONTRACT_KEY is not set: nothing of the local provider is checked against Stripe itself.');
}

describe('the local provider', () => contract(() => local.client(newAccount())));
describe.skipIf(contractKey === undefined)('Stripe itself, which needs STRIPE_CONTRACT_KEY', () =>
  contract(connectReal),
);

const open = {
  amount: 4200,
  currency: 'eur',
  automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
} as const;

function contract(connect: () => Stripe): void {
  let stripe: Stripe;
  beforeAll(() => {
    stripe = connect();
  });

  const create = (params: Partial<Stripe.PaymentIntentCreateParams> = {}, idempotencyKey: string = randomUUID()) =>
    stripe.paymentIntents.create({ ...open, ...params }, { idempotencyKey });
  const pay = (payment_method = 'pm_card_visa', params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
    create({ payment_method, confirm: true, ...params });

  describe('an idempotency key', () => {
    test('answers a second time what it answered first, and says so', async () => {
      const key = randomUUID();
      const first = await create({ metadata: { order_id: key } }, key);
      const again = await create({ metadata: { order_id: key } }, key);
      expect(again.id).toBe(first.id);
      expect(first.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
      expect(again.lastResponse.headers).toMatchObject({
        'idempotency-key': key,
        'idempotent-replayed': 'true',
        'original-request': first.lastResponse.requestId,
      });
      expect(again.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
    });

    test('is refused with other parameters, and for another endpoint', async () => {
      const key = randomUUID();
      const { id } = await create({}, key);
      const refused = { type: 'StripeIdempotencyError', statusCode: 400, rawType: 'idempotency_error' };
      expect(await errorOf(create({ amount: 4300 }, key))).toMatchObject(refused);
      const confirming = stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }, { idempotencyKey: key });
      expect(await errorOf(confirming)).toMatchObject(refused);
    });

    test('is not used up by parameters that are refused', async () => {
      const key = randomUUID();
      expect(await errorOf(create({ amount: -1 }, key))).toMatchObject({ statusCode: 400, param: 'amount' });
      expect((await create({}, key)).status).toBe('requires_payment_method');
    });

    test('keeps a decline', async () => {
      const { id } = await create();
      const decline = () =>
        stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }, { idempotencyKey: `${id} 1` });
      const [first, again] = [await errorOf(decline()), await errorOf(decline())];
      expect([first.statusCode, again.statusCode]).toEqual([402, 402]);
      expect(again.headers?.['idempotent-replayed']).toBe('true');
      expect(again.charge).toBe(first.charge);
    });

    test('of five requests at once makes one intent', async () => {
      const key = randomUUID();
      const asked = await Promise.allSettled(Array.from({ length: 5 }, () => create({}, key)));
      const made = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value.id] : []));
      expect(new Set(made).size).toBe(1);
      for (const each of asked) {
        if (each.status === 'fulfilled') continue;
        expect(each.reason).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
      }
    });
  });

  describe('a payment', () => {
    test('is made, paid once, and says so when it is confirmed again', async () => {
      const intent = await create({ metadata: { order_id: 'o1' } });
      expect(intent).toMatchObject({
        ...{ object: 'payment_intent', amount: 4200, amount_received: 0, currency: 'eur', latest_charge: null },
        ...{ livemode: false, metadata: { order_id: 'o1' }, payment_method: null, status: 'requires_payment_method' },
      });
      const confirm = { payment_method: 'pm_card_visa', expand: ['latest_charge'] };
      expect(await stripe.paymentIntents.confirm(intent.id, confirm)).toMatchObject({
        ...{ status: 'succeeded', amount_received: 4200, last_payment_error: null },
        latest_charge: { object: 'charge', amount: 4200, captured: true, paid: true, status: 'succeeded' },
      });
      expect(await errorOf(stripe.paymentIntents.confirm(intent.id, confirm))).toMatchObject({
        ...{ statusCode: 400, code: 'payment_intent_unexpected_state' },
        payment_intent: { id: intent.id, status: 'succeeded' },
      });
      expect((await stripe.charges.list({ payment_intent: intent.id })).data).toHaveLength(1);
    });

    test('that is declined is open again, and another card pays it', async () => {
      const { id } = await create();
      const declined = await errorOf(
        stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclinedInsufficientFunds' }),
      );
      expect(declined).toMatchObject({
        ...{ type: 'StripeCardError', statusCode: 402, code: 'card_declined', decline_code: 'insufficient_funds' },
        payment_intent: { id, status: 'requires_payment_method', last_payment_error: { code: 'card_declined' } },
      });
      expect((await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).status).toBe('succeeded');
      const charges = (await stripe.charges.list({ payment_intent: id })).data;
      expect(charges.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
    });

    test('that the bank wants to ask about is a redirect', async () => {
      const intent = await stripe.paymentIntents.create({
        ...{ amount: 4200, currency: 'eur', automatic_payment_methods: { enabled: true }, confirm: true },
        ...{ payment_method: 'pm_card_threeDSecure2Required', return_url: 'https://shop.example/return' },
      });
      expect(intent).toMatchObject({
        status: 'requires_action',
        next_action: {
          type: 'redirect_to_url',
          redirect_to_url: { return_url: 'https://shop.example/return', url: expect.stringMatching(/^https?:/) },
        },
      });
    });

    test('by a confirmation token uses it up', async () => {
      const token = await stripe.testHelpers.confirmationTokens.create({ payment_method: 'pm_card_visa' });
      expect(token.payment_method_preview).toMatchObject({ type: 'card', card: { last4: '4242' } });
      const [first, second] = [await create(), await create()];
      const confirm = (id: string) => stripe.paymentIntents.confirm(id, { confirmation_token: token.id });
      expect((await confirm(first.id)).status).toBe('succeeded');
      expect((await errorOf(confirm(second.id))).statusCode).toBe(400);
      expect((await stripe.confirmationTokens.retrieve(token.id)).payment_intent).toBe(first.id);
    });

    test('is canceled for good', async () => {
      const { id } = await create();
      const canceled = await stripe.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' });
      expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
      const state = { statusCode: 400, code: 'payment_intent_unexpected_state' };
      expect(await errorOf(stripe.paymentIntents.cancel(id))).toMatchObject(state);
      const confirming = stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
      expect(await errorOf(confirming)).toMatchObject({ ...state, payment_intent: { status: 'canceled' } });
      expect(await errorOf(stripe.paymentIntents.cancel((await pay()).id))).toMatchObject(state);
    });

    test('is captured in part, once', async () => {
      const intent = await pay('pm_card_visa', { capture_method: 'manual' });
      expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 4200, amount_received: 0 });
      const capture = (amount_to_capture: number) => stripe.paymentIntents.capture(intent.id, { amount_to_capture });
      expect(await errorOf(capture(4201))).toMatchObject({ statusCode: 400, code: 'amount_too_large' });
      expect(await capture(3000)).toMatchObject({ status: 'succeeded', amount_received: 3000, amount_capturable: 0 });
      expect(await errorOf(capture(1000))).toMatchObject({ code: 'payment_intent_unexpected_state' });
    });

    test('takes metadata by name; "" takes one away', async () => {
      const { id } = await create({ metadata: { a: '1', b: '2' } });
      const updated = await stripe.paymentIntents.update(id, { metadata: { a: '', c: '3' } });
      expect(updated.metadata).toEqual({ b: '2', c: '3' });
    });
  });

  describe('a refund', () => {
    test('of a part, twice, and then of too much', async () => {
      const { id } = await pay();
      const refund = (amount?: number) =>
        stripe.refunds.create({ payment_intent: id, ...(amount !== undefined && { amount }) });
      expect(await errorOf(refund(4201))).toMatchObject({ statusCode: 400, rawType: 'invalid_request_error' });
      const [first, second] = [await refund(1000), await refund(1000)];
      expect(first).toMatchObject({ object: 'refund', amount: 1000, payment_intent: id, status: 'succeeded' });
      expect(second.id).not.toBe(first.id);
      expect((await errorOf(refund(2201))).message).toMatch(/^Refund amount \(.*\) is greater than unrefunded amount/);
      expect((await refund()).amount).toBe(2200);
      expect(await errorOf(refund())).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });
      const [charge] = (await stripe.charges.list({ payment_intent: id })).data;
      expect(charge).toMatchObject({ amount_refunded: 4200, refunded: true, status: 'succeeded' });
      expect((await stripe.refunds.list({ payment_intent: id })).data).toHaveLength(3);
      expect((await stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
    });

    test('is pending, and cannot be canceled for that', async () => {
      const { id } = await pay('pm_card_pendingRefund');
      const refund = await stripe.refunds.create({ payment_intent: id });
      expect(refund.status).toBe('pending');
      expect((await errorOf(stripe.refunds.cancel(refund.id))).statusCode).toBe(400);
    });

    test('of a disputed charge is refused', { timeout: PATIENCE_MS }, async () => {
      const { id } = await pay('pm_card_createDispute');
      const dispute = await eventually(
        async () => (await stripe.disputes.list({ payment_intent: id })).data[0],
        PATIENCE_MS,
      );
      expect(dispute).toMatchObject({ amount: 4200, reason: 'fraudulent', status: 'needs_response' });
      const refunding = stripe.refunds.create({ payment_intent: id });
      expect(await errorOf(refunding)).toMatchObject({ statusCode: 400, code: 'charge_disputed' });
    });
  });

  describe('what is told afterwards', () => {
    test('events, and the balance', { timeout: PATIENCE_MS }, async () => {
      const intent = await pay();
      const since = { created: { gte: intent.created } };
      const [event] = await eventually(async () => {
        const events = await stripe.events.list({ types: ['payment_intent.succeeded'], limit: 100, ...since });
        const found = events.data.filter(({ data }) => (data.object as { id: string }).id === intent.id);
        return found.length > 0 ? found : undefined;
      }, PATIENCE_MS);
      expect(event).toMatchObject({ object: 'event', data: { object: { status: 'succeeded' } }, livemode: false });
      expect((await stripe.events.retrieve(event?.id ?? '')).type).toBe('payment_intent.succeeded');
      const settled = await eventually(async () => {
        const charge = await stripe.charges.retrieve(idOf(intent.latest_charge), { expand: ['balance_transaction'] });
        return charge.balance_transaction ?? undefined;
      }, PATIENCE_MS);
      expect(settled).toMatchObject({ object: 'balance_transaction', type: 'charge', source: intent.latest_charge });
    });

    test('a webhook endpoint shows its secret once', async () => {
      const made = await stripe.webhookEndpoints.create({
        ...{ url: 'https://shop.example/hook', enabled_events: ['payment_intent.succeeded'] },
      });
      expect(made).toMatchObject({ status: 'enabled', secret: expect.stringMatching(/^whsec_/) });
      expect((await stripe.webhookEndpoints.retrieve(made.id)).secret).toBeUndefined();
      expect(await stripe.webhookEndpoints.del(made.id)).toMatchObject({ deleted: true });
    });
  });

  describe('a request', () => {
    test.each([
      ['of a parameter that there is not', { ...open, colour: 'blue' }, 'parameter_unknown', 'colour'],
      ['without one that there must be', { currency: 'eur' }, 'parameter_missing', 'amount'],
      ['of too little', { ...open, amount: 1 }, 'amount_too_small', undefined],
    ])('%s is refused', async (_name, params, code, param) => {
      const error = await errorOf(stripe.paymentIntents.create(params as Stripe.PaymentIntentCreateParams));
      expect(error).toMatchObject({ statusCode: 400, code, ...(param !== undefined && { param }) });
    });

    test('for what is not there: 404', async () => {
      const missing = { statusCode: 404, code: 'resource_missing' };
      expect(await errorOf(stripe.paymentIntents.retrieve('pi_none'))).toMatchObject(missing);
      expect(await errorOf(stripe.refunds.retrieve('re_none'))).toMatchObject(missing);
    });

    test('for a list goes on from a cursor, newest first', async () => {
      const made = [await create(), await create(), await create()];
      const page = await stripe.paymentIntents.list({ limit: 2, starting_after: made[2]?.id ?? '' });
      expect(page.data.slice(0, 2).map(({ id }) => id)).toEqual([made[1]?.id, made[0]?.id]);
      const newer = await stripe.paymentIntents.list({ limit: 1, ending_before: made[0]?.id ?? '' });
      expect(newer.data.map(({ id }) => id)).toEqual([made[1]?.id]);
    });
  });
}

describe.skipIf(contractKey === undefined)('the objects of both', () => {
  test('have the same members', async () => {
    const [ours, theirs] = [await samples(local.client()), await samples(connectReal())];
    expect(ours).toEqual(theirs);
  });
});

/** The members of an object of each kind. */
async function samples(stripe: Stripe): Promise<Record<string, string[]>> {
  const intent = await stripe.paymentIntents.create({ ...open, payment_method: 'pm_card_visa', confirm: true });
  const refund = await stripe.refunds.create({ payment_intent: intent.id });
  const charge = await stripe.charges.retrieve(idOf(intent.latest_charge));
  const transaction = await stripe.balanceTransactions.retrieve(idOf(refund.balance_transaction));
  const customer = await stripe.customers.create({ name: 'Ada' });
  const endpoint = await stripe.webhookEndpoints.create({ url: 'https://shop.example/hook', enabled_events: ['*'] });
  await stripe.webhookEndpoints.del(endpoint.id);
  const all = { intent, refund, charge, transaction, customer, endpoint };
  return Object.fromEntries(Object.entries(all).map(([name, object]) => [name, Object.keys(object).toSorted()]));
}

function connectReal(): Stripe {
  const key = contractKey ?? '';
  if (!/^[sr]k_test_/.test(key))
    throw new TypeError('STRIPE_CONTRACT_KEY must be a test key: these tests charge cards.');
  const base = process.env['STRIPE_CONTRACT_BASE'];
  if (base === undefined) return new Stripe(key, OPTIONS);
  const { hostname, port, protocol } = new URL(base);
  return new Stripe(key, { ...OPTIONS, host: hostname, port, protocol: protocol === 'http:' ? 'http' : 'https' });
}
