// What faults do beside the payment they strike: to the SDK's own retries, to reads, to time, to the journal.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { armed, pay } from './faulty-payment.ts';
import { endProvider, errorOf, newAccount, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => endProvider(provider));

// How often the SDK sends by itself, with its default of two retries. The times are as many as it would need.
describe.concurrent('what the SDK repeats by itself', () => {
  test.each([
    ['rst_before', 3, 3],
    ['error_503_before', 3, 3],
    ['json_without_error', 3, 3],
    ['bad_gateway_html', 3, 3],
    ['key_in_use', 3, 3],
    ['lock_timeout', 3, 3],
    ['hang_before', 3, 3],
    ['rate_limit', 1, 1],
    ['unauthorized', 1, 1],
    ['cut_body', 1, 1],
    ['error_500_after', 1, 1],
  ])('%s: %i hits, %i requests', async (action, times, requests) => {
    const account = newAccount();
    const stripe = provider.client(account, { timeout: 700, maxNetworkRetries: 2 });
    await armed(provider, account, { action, times });
    await pay(stripe).catch(() => {});
    const journal = await provider.journal(account);
    expect(journal.map(({ sent }) => sent)).toEqual(Array(requests).fill(action));
  });
});

describe.concurrent('reading', () => {
  test('search does not know yet what was made just now; retrieve does', async () => {
    const account = newAccount();
    const stripe = provider.client(account);
    const { id } = await stripe.paymentIntents.create({ amount: 500, currency: 'eur', metadata: { order_id: 'o1' } });
    const search = async () => (await stripe.paymentIntents.search({ query: `metadata['order_id']:'o1'` })).data.length;
    // An hour, as in an outage.
    await armed(provider, account, { action: { name: 'search_lag', ms: 3_600_000 }, times: 2 });
    expect(await search()).toBe(0);
    expect((await stripe.paymentIntents.retrieve(id)).id).toBe(id);
    await provider.control('/clock/advance', { ms: 3_601_000, account });
    expect(await search()).toBe(1);
    expect(await provider.faults(account)).toMatchObject([{ hits: 2 }]);
  });

  test('retrieve_500: only a retrieve fails, and the next one answers', async () => {
    const account = newAccount();
    const stripe = provider.client(account);
    await armed(provider, account, { action: 'retrieve_500' });
    const { id } = await pay(stripe);
    expect((await errorOf(stripe.paymentIntents.retrieve(id))).statusCode).toBe(500);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
  });

  test('retrieve_stale: as it was before its last change; one that has not changed is left alone', async () => {
    const account = newAccount();
    const stripe = provider.client(account);
    const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
    await armed(provider, account, { action: 'retrieve_stale' });
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_payment_method');
    expect(await provider.faults(account)).toMatchObject([{ hits: 0 }]);
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_payment_method');
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
  });
});

test('a day passes just before the retry is looked at: its key is forgotten, and it charges again', async () => {
  const account = newAccount();
  const stripe = provider.client(account);
  await armed(provider, account, { action: { name: 'advance', hours: 25 } }, { nth: 2 });
  const first = await pay(stripe);
  const second = await pay(stripe);
  expect(second.id).not.toBe(first.id);
  expect(second.created - first.created).toBeGreaterThanOrEqual(25 * 3600);
  expect(await provider.ledger(account)).toHaveLength(2);
});

test('the journal tells which faults hit a request, what it did, and how far its answer went', async () => {
  const account = newAccount();
  const stripe = provider.client(account);
  await armed(provider, account, { action: { name: 'slow_before', ms: 1 } });
  await armed(provider, account, { action: 'cut_body' });
  await armed(provider, account, { action: 'rst_after', times: 2 });
  await errorOf(pay(stripe));
  await errorOf(stripe.paymentIntents.create({ amount: 500, currency: 'eur' }, { idempotencyKey: randomUUID() }));
  expect((await provider.journal(account)).toReversed()).toMatchObject([
    { committed: 1, status: 200, sent: 'cut_body', faults: ['slow_before', 'cut_body'] },
    { committed: 1, status: null, sent: 'rst_after', faults: ['rst_after'] },
    { committed: 0, status: null, sent: 'rst_after', faults: ['rst_after'] },
  ]);
});
