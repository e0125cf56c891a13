import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOf, endProvider, errorOf, eventually, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider({ LOCAL_SLOW_MS: '1500', PUBLIC_URL: 'http://shop.example:3000/' });
});
afterAll(() => endProvider(provider));

const returnUrl = 'http://shop.example:3000/checkout/1/return';

function newIntent(stripe: Stripe): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({ amount: 4200, currency: 'eur', metadata: { order_id: randomUUID() } });
}

describe('cards that pay', () => {
  test.each([
    ['pm_card_visa', 'visa', '4242'],
    ['pm_card_mastercard', 'mastercard', '4444'],
    ['pm_card_amex', 'amex', '0005'],
  ])('%s', async (name, brand, last4) => {
    const stripe = provider.client();
    const intent = await newIntent(stripe);
    const paid = await stripe.paymentIntents.confirm(intent.id, {
      payment_method: name,
      expand: ['latest_charge', 'payment_method'],
    });
    expect(paid).toMatchObject({
      status: 'succeeded',
      amount_received: 4200,
      last_payment_error: null,
      latest_charge: {
        amount: 4200,
        captured: true,
        metadata: intent.metadata,
        paid: true,
        payment_intent: intent.id,
        payment_method_details: { type: 'card', card: { brand, last4 } },
        status: 'succeeded',
      },
      payment_method: { type: 'card', card: { brand, last4 } },
    });
    expect(await provider.ledger(accountOf(stripe))).toMatchObject([
      { kind: 'charge', pi: intent.id, amount: 4200, currency: 'eur', order_id: intent.metadata['order_id'] },
    ]);
  });

  test('a slow bank keeps everybody waiting, and answers yes', async () => {
    const stripe = provider.client();
    const intent = await newIntent(stripe);
    const startedMs = performance.now();
    const confirming = stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_local_slow',
      expand: ['payment_method'],
    });
    // Until the bank has answered, the intent shows nothing of it: to read it is not to know.
    await eventually(async () => ((await journalOf(intent.id)) ? true : undefined));
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_payment_method');
    expect(await confirming).toMatchObject({ status: 'succeeded', payment_method: { card: { last4: '0020' } } });
    expect(performance.now() - startedMs).toBeGreaterThan(1490);
  });
});

describe('cards that are declined', () => {
  const declined = 'Your card was declined.';
  test.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline', declined, '0002'],
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline', declined, '0002'],
    [
      'pm_card_visa_chargeDeclinedInsufficientFunds',
      'card_declined',
      'insufficient_funds',
      'Your card has insufficient funds.',
      '9995',
    ],
    [
      'pm_card_chargeDeclinedInsufficientFunds',
      'card_declined',
      'insufficient_funds',
      'Your card has insufficient funds.',
      '9995',
    ],
    ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card', declined, '9987'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'card_declined', 'stolen_card', declined, '9979'],
    [
      'pm_card_visa_chargeDeclinedVelocityLimitExceeded',
      'card_declined',
      'card_velocity_exceeded',
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
      '6975',
    ],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card', 'Your card has expired.', '0069'],
    [
      'pm_card_chargeDeclinedIncorrectCvc',
      'incorrect_cvc',
      'incorrect_cvc',
      "Your card's security code is incorrect.",
      '0127',
    ],
    [
      'pm_card_chargeDeclinedProcessingError',
      'processing_error',
      'processing_error',
      'An error occurred while processing your card. Try again in a little bit.',
      '0119',
    ],
    ['pm_card_chargeCustomerFail', 'card_declined', 'generic_decline', declined, '0341'],
  ])('%s: 402 %s, %s', async (name, code, declineCode, message, last4) => {
    const stripe = provider.client();
    const intent = await newIntent(stripe);
    const error = await errorOf(stripe.paymentIntents.confirm(intent.id, { payment_method: name }));
    expect(error).toMatchObject({ type: 'StripeCardError', statusCode: 402, code, decline_code: declineCode, message });
    expect(error.doc_url).toContain(code.replaceAll('_', '-'));
    const after = await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
    expect(error.raw).toMatchObject({
      charge: (after.latest_charge as Stripe.Charge).id,
      payment_intent: {
        id: intent.id,
        object: 'payment_intent',
        status: 'requires_payment_method',
        metadata: intent.metadata,
      },
      payment_method: { object: 'payment_method', card: { last4 } },
    });
    expect(after).toMatchObject({
      status: 'requires_payment_method',
      amount_received: 0,
      last_payment_error: { type: 'card_error', code, decline_code: declineCode, message },
      latest_charge: { status: 'failed', paid: false, failure_code: code, failure_message: message },
      payment_method: null,
    });
    expect(await provider.ledger(accountOf(stripe))).toMatchObject([{ kind: 'decline', pi: intent.id, amount: 4200 }]);
  });

  test('the next card pays the same intent, and the error is gone', async () => {
    const stripe = provider.client();
    const intent = await newIntent(stripe);
    await errorOf(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
    expect(paid).toMatchObject({ id: intent.id, status: 'succeeded', last_payment_error: null });
    const charges = await stripe.charges.list({ payment_intent: intent.id });
    expect(charges.data.map((charge) => charge.status)).toEqual(['succeeded', 'failed']);
  });

  test('a decline while creating leaves the intent, which the error carries', async () => {
    const stripe = provider.client();
    const creating = stripe.paymentIntents.create({
      amount: 900,
      currency: 'eur',
      confirm: true,
      payment_method: 'pm_card_chargeDeclined',
    });
    const error = await errorOf(creating);
    expect(error.statusCode).toBe(402);
    const id = error.payment_intent?.id ?? '';
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_payment_method');
  });

  test('an instrument that does not exist is refused, and the intent is as it was', async () => {
    const stripe = provider.client();
    const intent = await newIntent(stripe);
    const error = await errorOf(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_nobody' }));
    expect(error).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'payment_method' });
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: null,
    });
  });
});

describe('a card that wants the shopper at the bank', () => {
  async function waiting(name = 'pm_card_authenticationRequired') {
    const stripe = provider.client();
    const intent = await newIntent(stripe);
    const confirmed = await stripe.paymentIntents.confirm(intent.id, { payment_method: name, return_url: returnUrl });
    return { stripe, intent: confirmed };
  }

  test('sends the browser to the bank by a plain redirect; nothing is charged yet', async () => {
    const { stripe, intent } = await waiting();
    expect(intent.status).toBe('requires_action');
    expect(intent.next_action).toEqual({
      type: 'redirect_to_url',
      redirect_to_url: { url: `http://shop.example:3000/test-bank/${intent.id}`, return_url: returnUrl },
    });
    expect(await provider.ledger(accountOf(stripe))).toEqual([]);
  });

  test('completed at the bank, it is charged once, and the bank says where to go', async () => {
    const { stripe, intent } = await waiting('pm_card_threeDSecure2Required');
    const answer = await provider.control(`/intents/${intent.id}/action`, { result: 'complete' });
    expect(answer.status).toBe(200);
    const { redirect_url, payment_intent } = (await answer.json()) as {
      redirect_url: string;
      payment_intent: Stripe.PaymentIntent;
    };
    expect(payment_intent).toMatchObject({ status: 'succeeded', next_action: null });
    const url = new URL(redirect_url);
    expect(url.pathname).toBe('/checkout/1/return');
    expect(url.searchParams.get('payment_intent')).toBe(intent.id);
    expect(url.searchParams.get('redirect_status')).toBe('succeeded');
    expect((await stripe.paymentIntents.retrieve(intent.id)).amount_received).toBe(4200);
    expect(await provider.ledger(accountOf(stripe))).toMatchObject([{ kind: 'charge', pi: intent.id }]);

    const again = await provider.control(`/intents/${intent.id}/action`, { result: 'complete' });
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ error: { code: 'unexpected_state' } });
    expect(await provider.ledger(accountOf(stripe))).toHaveLength(1);
  });

  test('a shop whose page stands in for the bank says it with its own key, for its own payments', async () => {
    const { stripe, intent } = await waiting();
    const path = `/v1/test_helpers/payment_intents/${intent.id}/action`;
    await expect(provider.client().rawRequest('POST', path, { result: 'complete' })).rejects.toMatchObject({
      statusCode: 404,
    });
    expect(await stripe.rawRequest('POST', path, { result: 'complete' })).toMatchObject({ status: 'succeeded' });
    expect(await provider.ledger(accountOf(stripe))).toMatchObject([{ kind: 'charge', pi: intent.id }]);
    await expect(stripe.rawRequest('POST', path, { result: 'fail' })).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    expect(await provider.ledger(accountOf(stripe))).toHaveLength(1);
  });

  test('failed at the bank, it wants another card, and another card pays', async () => {
    const { stripe, intent } = await waiting();
    await provider.control(`/intents/${intent.id}/action`, { result: 'fail' });
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_payment_method',
      next_action: null,
      payment_method: null,
      last_payment_error: { code: 'payment_intent_authentication_failure', type: 'invalid_request_error' },
    });
    expect(await provider.ledger(accountOf(stripe))).toEqual([]);
    expect((await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' })).status).toBe(
      'succeeded',
    );
  });

  test('cancelled meanwhile, the bank cannot complete it any more', async () => {
    const { stripe, intent } = await waiting();
    await stripe.paymentIntents.cancel(intent.id);
    const answer = await provider.control(`/intents/${intent.id}/action`, { result: 'complete' });
    expect(answer.status).toBe(409);
    expect(await provider.ledger(accountOf(stripe))).toEqual([]);
  });

  test('without a return_url it is refused, and the confirmation token is still good', async () => {
    const stripe = provider.client();
    const intent = await newIntent(stripe);
    const token = await stripe.testHelpers.confirmationTokens.create({
      payment_method: 'pm_card_authenticationRequired',
    });
    const confirm = (more: Stripe.PaymentIntentConfirmParams) =>
      stripe.paymentIntents.confirm(intent.id, { confirmation_token: token.id, ...more });
    expect(await errorOf(confirm({}))).toMatchObject({ statusCode: 400, param: 'return_url' });
    expect((await confirm({ return_url: returnUrl })).status).toBe('requires_action');
  });

  test('with nobody there to ask it is declined', async () => {
    const stripe = provider.client();
    const intent = await newIntent(stripe);
    const confirming = stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_card_authenticationRequired',
      off_session: true,
    });
    expect(await errorOf(confirming)).toMatchObject({ statusCode: 402, code: 'authentication_required' });
  });
});

describe('a bank account whose bank answers later', () => {
  async function processing() {
    const stripe = provider.client();
    const intent = await newIntent(stripe);
    const confirmed = await stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_usBankAccount_processing',
      expand: ['latest_charge'],
    });
    return { stripe, intent: confirmed };
  }

  test('is processing: not charged, not to be confirmed, not to be cancelled', async () => {
    const { stripe, intent } = await processing();
    expect(intent).toMatchObject({ status: 'processing', latest_charge: { status: 'pending', paid: false } });
    expect((await errorOf(stripe.paymentIntents.confirm(intent.id))).code).toBe('payment_intent_unexpected_state');
    expect((await errorOf(stripe.paymentIntents.cancel(intent.id))).code).toBe('payment_intent_unexpected_state');
    expect(await provider.ledger(accountOf(stripe))).toEqual([]);
  });

  test('settled with yes, it is charged once', async () => {
    const { stripe, intent } = await processing();
    expect((await provider.control(`/intents/${intent.id}/settle`, { result: 'succeed' })).status).toBe(200);
    expect((await provider.control(`/intents/${intent.id}/settle`, { result: 'succeed' })).status).toBe(409);
    const settled = await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
    expect(settled).toMatchObject({
      status: 'succeeded',
      latest_charge: { status: 'succeeded', paid: true, captured: true },
    });
    expect(await provider.ledger(accountOf(stripe))).toMatchObject([{ kind: 'charge', pi: intent.id }]);
  });

  test('settled with no, it wants another way to pay', async () => {
    const { stripe, intent } = await processing();
    await provider.control(`/intents/${intent.id}/settle`, { result: 'fail' });
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: {
        code: 'payment_intent_payment_attempt_failed',
        payment_method: { id: intent.payment_method },
      },
    });
    expect(await provider.ledger(accountOf(stripe))).toMatchObject([{ kind: 'decline' }]);
  });
});

async function journalOf(intentId: string): Promise<unknown> {
  const rows = (await (await provider.control('/journal')).json()) as { path: string }[];
  return rows.find((row) => row.path === `/v1/payment_intents/${intentId}/confirm`);
}
