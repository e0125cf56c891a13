import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOf, endProvider, errorOf, idOf, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  // With some latency, or requests would never overlap and the races below would be none.
  provider = await startProvider({ PROVIDER_LATENCY_MS: '6' });
});
afterAll(() => endProvider(provider));

function authorize(stripe: Stripe, payment_method = 'pm_card_visa'): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    ...{ amount: 4200, currency: 'eur', capture_method: 'manual', confirm: true, payment_method },
    ...{ metadata: { order_id: randomUUID() }, return_url: 'http://shop.example/return' },
  });
}

const ledger = async (stripe: Stripe) =>
  (await provider.ledger(accountOf(stripe))).map(({ kind, amount }) => [kind, amount]);

describe('a payment that is captured by hand', () => {
  test('is reserved first: nothing is received, and it cannot be given back', async () => {
    const stripe = provider.client();
    const intent = await authorize(stripe);
    expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 4200, amount_received: 0 });
    expect(await stripe.charges.retrieve(idOf(intent.latest_charge))).toMatchObject({
      ...{ amount_captured: 0, balance_transaction: null, captured: false, paid: true, status: 'succeeded' },
    });
    expect((await errorOf(stripe.refunds.create({ payment_intent: intent.id }))).message).toContain(
      'not been captured',
    );
    expect(await ledger(stripe)).toEqual([['charge', 4200]]);
  });

  test('is captured, once', async () => {
    const stripe = provider.client();
    const { id } = await authorize(stripe);
    const captured = await stripe.paymentIntents.capture(id, { metadata: { by: 'hand' }, expand: ['latest_charge'] });
    expect(captured).toMatchObject({
      ...{ status: 'succeeded', amount_capturable: 0, amount_received: 4200, metadata: { by: 'hand' } },
      latest_charge: { amount_captured: 4200, captured: true, balance_transaction: expect.stringMatching(/^txn_/) },
    });
    expect(await errorOf(stripe.paymentIntents.capture(id))).toMatchObject({
      ...{ statusCode: 400, code: 'payment_intent_unexpected_state', payment_intent: { status: 'succeeded' } },
    });
    expect(await ledger(stripe)).toEqual([
      ['charge', 4200],
      ['capture', 4200],
    ]);
  });

  test('is captured in part: only that can be given back', async () => {
    const stripe = provider.client();
    const { id } = await authorize(stripe);
    expect(await errorOf(stripe.paymentIntents.capture(id, { amount_to_capture: 4201 }))).toMatchObject({
      ...{ code: 'amount_too_large', param: 'amount_to_capture' },
    });
    expect((await stripe.paymentIntents.capture(id, { amount_to_capture: 3000 })).amount_received).toBe(3000);
    expect((await errorOf(stripe.refunds.create({ payment_intent: id, amount: 3001 }))).message).toContain('(€30.00)');
    expect((await stripe.refunds.create({ payment_intent: id })).amount).toBe(3000);
    expect(await ledger(stripe)).toEqual([
      ['charge', 4200],
      ['capture', 3000],
      ['refund', 3000],
    ]);
  });

  test('is asked of the shopper first, where the bank wants that', async () => {
    const stripe = provider.client();
    const { id } = await authorize(stripe, 'pm_card_threeDSecure2Required');
    const acted = await provider.control(`/intents/${id}/action`, { result: 'complete' });
    const { payment_intent, redirect_url } = (await acted.json()) as {
      payment_intent: Stripe.PaymentIntent;
      redirect_url: string;
    };
    expect(payment_intent.status).toBe('requires_capture');
    expect(new URL(redirect_url).searchParams.get('redirect_status')).toBe('succeeded');
    expect((await stripe.paymentIntents.capture(id)).status).toBe('succeeded');
  });

  test('is let go when it is canceled', async () => {
    const stripe = provider.client();
    const { id } = await authorize(stripe);
    const canceled = await stripe.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ status: 'canceled', amount_capturable: 0, cancellation_reason: 'abandoned' });
    expect(await errorOf(stripe.paymentIntents.capture(id))).toMatchObject({ code: 'payment_intent_unexpected_state' });
    expect(await ledger(stripe)).toEqual([
      ['charge', 4200],
      ['void', 4200],
    ]);
  });

  test('is let go after seven days, and not before', async () => {
    const stripe = provider.client();
    const [forgotten, captured] = [await authorize(stripe), await authorize(stripe)];
    const advance = (hours: number) => provider.control('/clock/advance', { hours, account: accountOf(stripe) });
    await advance(7 * 24 - 1);
    expect((await stripe.paymentIntents.retrieve(forgotten.id)).status).toBe('requires_capture');
    await stripe.paymentIntents.capture(captured.id);
    await advance(1);
    expect(await stripe.paymentIntents.retrieve(forgotten.id)).toMatchObject({
      ...{ status: 'canceled', cancellation_reason: 'automatic' },
    });
    expect((await stripe.paymentIntents.retrieve(captured.id)).status).toBe('succeeded');
    const { data } = await stripe.events.list({ types: ['charge.expired', 'payment_intent.canceled'] });
    expect(data.map(({ type }) => type)).toEqual(['payment_intent.canceled', 'charge.expired']);
    expect((await ledger(stripe)).filter(([kind]) => kind === 'void')).toHaveLength(1);
  });

  test('is decided when it is confirmed, too; a bank account has no such thing', async () => {
    const stripe = provider.client();
    const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
    const manual = { capture_method: 'manual' } as const;
    expect(
      await errorOf(stripe.paymentIntents.confirm(id, { ...manual, payment_method: 'pm_usBankAccount_processing' })),
    ).toMatchObject({ code: 'payment_intent_incompatible_payment_method' });
    const paid = await stripe.paymentIntents.confirm(id, { ...manual, payment_method: 'pm_card_visa' });
    expect(paid).toMatchObject({ status: 'requires_capture', capture_method: 'manual' });
  });
});

describe('of those who race, one wins, and the others hear it', () => {
  /** How each ends: its status, or the code and the status that it was told. */
  async function race(...calls: Promise<Stripe.PaymentIntent>[]): Promise<string[]> {
    const ended = await Promise.allSettled(calls);
    return ended.map((each) => {
      if (each.status === 'fulfilled') return each.value.status;
      const { code, payment_intent: intent } = each.reason as Stripe.errors.StripeError;
      return `${code} ${intent?.status}`;
    });
  }

  test('capture and cancel, twenty times: taken or let go, never both', async () => {
    const stripe = provider.client();
    const seen = new Set<string>();
    for (let turn = 0; turn < 20; turn++) {
      const { id } = await authorize(stripe);
      const calls = [() => stripe.paymentIntents.capture(id), () => stripe.paymentIntents.cancel(id)];
      const ended = await race(...(turn % 2 ? calls : calls.toReversed()).map((call) => call()));
      seen.add(ended.toSorted().join(' · '));
    }
    for (const ended of seen) {
      expect([
        'canceled · payment_intent_unexpected_state canceled',
        'payment_intent_unexpected_state succeeded · succeeded',
      ]).toContain(ended);
    }
    const rows = await provider.ledger(accountOf(stripe));
    const byIntent = Map.groupBy(rows, ({ pi }) => pi);
    expect([...byIntent.values()].every((of) => of.length === 2 && of[0]?.kind === 'charge')).toBe(true);
  });

  test('confirm and cancel: paid or canceled', async () => {
    const stripe = provider.client();
    for (let turn = 0; turn < 10; turn++) {
      const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
      const confirm = stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
      const ended = await race(confirm, stripe.paymentIntents.cancel(id));
      const { status } = await stripe.paymentIntents.retrieve(id);
      expect(ended.toSorted()).toEqual([`payment_intent_unexpected_state ${status}`, status].toSorted());
      const charges = (await provider.ledger(accountOf(stripe))).filter(({ pi }) => pi === id);
      expect(charges).toHaveLength(status === 'succeeded' ? 1 : 0);
    }
  });

  test('two captures: one', async () => {
    const stripe = provider.client();
    const { id } = await authorize(stripe);
    const capture = () => stripe.paymentIntents.capture(id, { amount_to_capture: 2000 });
    expect((await race(capture(), capture())).toSorted()).toEqual([
      'payment_intent_unexpected_state succeeded',
      'succeeded',
    ]);
    expect(await ledger(stripe)).toEqual([
      ['charge', 4200],
      ['capture', 2000],
    ]);
  });
});
