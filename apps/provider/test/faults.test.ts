// Each fault on the way of a payment, by the place in the request's life where it strikes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { armed, charged, expectPlay, lost, named, nothing, pay, TIMEOUT_MS } from './faulty-payment.ts';
import { endProvider, errorOf, eventually, newAccount, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => endProvider(provider));

describe.concurrent('at the edge: nothing is stored, the same key pays later', () => {
  test.each(
    named([
      {
        action: 'rate_limit',
        hears: { type: 'StripeRateLimitError', statusCode: 429, code: 'rate_limit' },
        ...{ sent: ['rate_limit'], ledger: nothing, again: 'runs' },
      },
      {
        action: { name: 'rate_limit', reason: 'global-rate' },
        hears: { statusCode: 429, headers: { 'stripe-rate-limited-reason': 'global-rate' } },
        ...{ sent: ['rate_limit'], ledger: nothing, again: 'runs' },
      },
      {
        action: 'unauthorized',
        hears: { type: 'StripeAuthenticationError', statusCode: 401 },
        ...{ sent: ['unauthorized'], ledger: nothing, again: 'runs' },
      },
      {
        action: 'bad_gateway_html',
        hears: { type: 'StripeAPIError', statusCode: undefined },
        ...{ sent: ['bad_gateway_html'], ledger: nothing, again: 'runs' },
      },
      { action: 'json_without_error', hears: 'resolves', sent: ['json_without_error'], ledger: nothing, again: 'runs' },
      {
        action: 'rst_before',
        hears: 'resolves',
        ...{ sent: ['rst_before', 'answer'], ledger: charged, again: 'replays success' },
      },
      {
        action: 'rst_before',
        times: 2,
        hears: lost('ECONNRESET'),
        ...{ sent: ['rst_before', 'rst_before'], ledger: nothing, again: 'runs' },
      },
      {
        action: 'fin_before',
        times: 2,
        hears: lost('ECONNRESET'),
        ...{ sent: ['fin_before', 'fin_before'], ledger: nothing, again: 'runs' },
      },
      { action: 'hang_before', hears: lost('ETIMEDOUT'), sent: ['hang_before'], ledger: nothing, again: 'runs' },
    ]),
  )('%s', (_, row) => expectPlay(provider, row));

  test('JSON without an error member: the SDK resolves a 500 as a success without an id', async () => {
    const account = newAccount();
    await armed(provider, account, { action: 'json_without_error' });
    const answer = await pay(provider.client(account));
    expect(answer.id).toBeUndefined();
    expect(answer.lastResponse.statusCode).toBe(500);
  });

  test('without a reason a rate limit names none', async () => {
    const account = newAccount();
    await armed(provider, account, { action: 'rate_limit' });
    const { headers } = await errorOf(pay(provider.client(account)));
    expect(headers).not.toHaveProperty('stripe-rate-limited-reason');
    expect(headers).not.toHaveProperty('stripe-should-retry');
  });
});

describe.concurrent('before anything has happened', () => {
  test.each(
    named([
      {
        action: 'error_500_before',
        hears: { type: 'StripeAPIError', statusCode: 500, headers: { 'stripe-should-retry': 'false' } },
        ...{ sent: ['error_500_before'], ledger: nothing, again: 'replays 500' },
      },
      {
        action: 'error_503_before',
        hears: { type: 'StripeAPIError', statusCode: 503 },
        ...{ sent: ['error_503_before'], ledger: nothing, again: 'runs' },
      },
      {
        action: { name: 'slow_before', ms: TIMEOUT_MS + 500 },
        hears: lost('ETIMEDOUT'),
        ...{ sent: ['answer'], ledger: charged, again: 'replays success' },
      },
      {
        action: 'lock_timeout',
        hears: { type: 'StripeRateLimitError', statusCode: 429, code: 'lock_timeout' },
        ...{ sent: ['lock_timeout'], ledger: nothing, again: 'runs' },
      },
      {
        action: 'key_in_use',
        hears: { type: 'StripeAPIError', statusCode: 409, code: 'idempotency_key_in_use' },
        ...{ sent: ['key_in_use'], ledger: nothing, again: 'runs' },
      },
      {
        action: { name: 'decline', code: 'insufficient_funds' },
        hears: { type: 'StripeCardError', statusCode: 402, decline_code: 'insufficient_funds' },
        ...{ sent: ['answer'], ledger: ['decline'], again: 'replays 402' },
      },
      { action: 'require_action', hears: 'resolves', sent: ['answer'], ledger: nothing, again: 'replays success' },
      { action: 'go_processing', hears: 'resolves', sent: ['answer'], ledger: nothing, again: 'replays success' },
    ]),
  )('%s', (_, row) => expectPlay(provider, row));

  test('while a slow request runs, its key is in flight and its intent locked', async () => {
    const account = newAccount();
    const stripe = provider.client(account);
    const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
    await armed(provider, account, { action: { name: 'slow_before', ms: 2_500 } });
    const confirm = (idempotencyKey: string) =>
      stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }, { idempotencyKey });
    const first = confirm('one');
    await eventually(async () => ((await provider.faults(account))[0]?.hits === 1 ? true : undefined));
    const [same, other] = await Promise.all([errorOf(confirm('one')), errorOf(confirm('two'))]);
    expect(same.code).toBe('idempotency_key_in_use');
    expect(other.code).toBe('lock_timeout');
    expect((await first).status).toBe('succeeded');
    expect(await provider.ledger(account)).toHaveLength(1);
  });

  test.each([
    ['require_action', 'requires_action'],
    ['go_processing', 'processing'],
  ])('%s makes any card answer so, until the bank has its say', async (action, status) => {
    const account = newAccount();
    const stripe = provider.client(account);
    await armed(provider, account, { action });
    const intent = await pay(stripe);
    expect(intent.status).toBe(status);
    const settled =
      status === 'processing'
        ? await provider.control(`/intents/${intent.id}/settle`, { result: 'succeed' })
        : await provider.control(`/intents/${intent.id}/action`, { result: 'complete' });
    expect(settled.status).toBe(200);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
    expect((await provider.ledger(account)).map(({ kind }) => kind)).toEqual(charged);
  });
});

describe.concurrent('after the charge: it stays, and the same key hears of it', () => {
  test.each(
    named([
      {
        action: 'rst_after',
        hears: 'resolves',
        sent: ['rst_after', 'replay'],
        ledger: charged,
        again: 'replays success',
      },
      {
        action: 'rst_after',
        times: 2,
        hears: lost('ECONNRESET'),
        ...{ sent: ['rst_after', 'rst_after'], ledger: charged, again: 'replays success' },
      },
      {
        action: 'fin_after',
        times: 2,
        hears: lost('ECONNRESET'),
        ...{ sent: ['fin_after', 'fin_after'], ledger: charged, again: 'replays success' },
      },
      { action: 'cut_body', hears: lost('ECONNRESET'), sent: ['cut_body'], ledger: charged, again: 'replays success' },
      {
        action: 'hang_after',
        hears: lost('ETIMEDOUT'),
        sent: ['hang_after'],
        ledger: charged,
        again: 'replays success',
      },
      {
        action: { name: 'slow_after', ms: TIMEOUT_MS + 500 },
        hears: lost('ETIMEDOUT'),
        ...{ sent: ['answer'], ledger: charged, again: 'replays success' },
      },
      {
        action: { name: 'drip', bytes: 60, everyMs: 60 },
        hears: 'resolves',
        ...{ sent: ['drip'], ledger: charged, again: 'replays success' },
      },
      {
        action: 'error_500_after',
        hears: { type: 'StripeAPIError', statusCode: 500, headers: { 'stripe-should-retry': 'false' } },
        ...{ sent: ['error_500_after'], ledger: charged, again: 'replays 500' },
      },
      {
        action: 'error_500_after_then_reversed',
        hears: { type: 'StripeAPIError', statusCode: 500 },
        ...{ sent: ['error_500_after_then_reversed'], ledger: ['charge', 'void'], again: 'replays 500' },
      },
    ]),
  )('%s', (_, row) => expectPlay(provider, row));

  test('a body that drips outlives the timeout: that is about silence, not about the whole', async () => {
    const account = newAccount();
    await armed(provider, account, { action: { name: 'drip', bytes: 20, everyMs: 20 } });
    const startedAt = performance.now();
    const intent = await pay(provider.client(account, { timeout: 1_000 }));
    expect(performance.now() - startedAt).toBeGreaterThan(1_000);
    expect(intent.status).toBe('succeeded');
  });

  test('a charge that was reversed is no charge any more: its intent is canceled and cannot be confirmed', async () => {
    const account = newAccount();
    const stripe = provider.client(account);
    const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur', metadata: { order_id: 'o1' } });
    await armed(provider, account, { action: 'error_500_after_then_reversed' });
    const confirm = (idempotencyKey: string) =>
      errorOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }, { idempotencyKey }));
    expect((await confirm('one')).statusCode).toBe(500);
    const intent = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
    expect(intent).toMatchObject({
      ...{ status: 'canceled', amount_received: 0 },
      latest_charge: { refunded: true, amount_refunded: 4200 },
    });
    expect((await confirm('two')).code).toBe('payment_intent_unexpected_state');
    const rows = await provider.ledger(account);
    expect(rows).toMatchObject([{ kind: 'charge' }, { kind: 'void', order_id: 'o1', amount: 4200 }]);
    expect(new Set(rows.map(({ charge }) => charge)).size).toBe(1);
  });

  test('only a charge can be reversed: a decline is left alone, and the fault waits', async () => {
    const account = newAccount();
    const stripe = provider.client(account);
    await armed(provider, account, { action: 'error_500_after_then_reversed' });
    const declining = { amount: 4200, currency: 'eur', payment_method: 'pm_card_chargeDeclined', confirm: true };
    expect((await errorOf(stripe.paymentIntents.create(declining))).statusCode).toBe(402);
    expect(await provider.faults(account)).toMatchObject([{ hits: 0 }]);
  });
});
