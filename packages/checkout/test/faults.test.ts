// The real purchase under each fault of each of its calls, once and three times in a row. Whatever goes wrong, it ends, in
// one order and at most one charge, and the page says `paid` exactly when the provider has charged.
import { schema } from '@once/db';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutStatus, payCheckout } from '../src/index.ts';
import { stripePayments } from '../src/payments/stripe.ts';
import { type Action, type Call, expectOneTruth, makeDue } from './faulty-purchase.ts';
import { type Provider, startProvider } from './provider.ts';
import { atCheckout, attempt, conservation, finishDue, pay, type TestShop, testShop } from './shop.ts';

const ACCOUNT = 'faults';
const COPIES = 230;
/** What is longer than this is lost. */
const TIMEOUT_MS = 700;
const TOO_LONG_MS = 1_000;

let provider: Provider;
let test: TestShop;
beforeAll(async () => {
  provider = await startProvider();
  const payments = stripePayments({
    secretKey: `sk_test_${ACCOUNT}`,
    apiBase: provider.apiBase,
    timeoutMs: TIMEOUT_MS,
  });
  test = await testShop(provider, { copies: COPIES, payments });
});
afterAll(async () => {
  await test.close();
  await provider.stop();
});

const EVERYWHERE: Action[] = [
  'rate_limit',
  { name: 'rate_limit', reason: 'global-concurrency' },
  'unauthorized',
  'bad_gateway_html',
  'json_without_error',
  'rst_before',
  'fin_before',
  'hang_before',
  'error_500_before',
  'error_503_before',
  { name: 'slow_before', ms: TOO_LONG_MS },
  'rst_after',
  'fin_after',
  'cut_body',
  'hang_after',
  { name: 'slow_after', ms: TOO_LONG_MS },
  { name: 'drip', bytes: 40, everyMs: 20 },
  'error_500_after',
];

const OF: Record<Call, Action[]> = {
  token: [],
  create: ['lock_timeout', 'key_in_use'],
  confirm: [
    'lock_timeout',
    'key_in_use',
    { name: 'decline', code: 'insufficient_funds' },
    { name: 'decline', code: 'processing_error' },
    'require_action',
    'go_processing',
    'error_500_after_then_reversed',
  ],
  retrieve: ['retrieve_500', 'retrieve_stale'],
  cancel: ['lock_timeout', 'key_in_use'],
};

describe.concurrent.each(['token', 'create', 'confirm', 'retrieve', 'cancel'] as const)('%s', (call) => {
  const actions = [...EVERYWHERE, ...OF[call]].map((action) => [JSON.stringify(action), action] as const);

  it.each(actions)('%s, once', async (_, action) => {
    await expectOneTruth({ provider, test }, call, action, 1);
  });

  it.each(actions)('%s, three times in a row', async (_, action) => {
    await expectOneTruth({ provider, test }, call, action, 3);
  });
});

it('a look-up that lags behind shows the first card refused: the second, at its bank, is not taken for refused too', async () => {
  const { shop, slug } = test;
  const at = await atCheckout(shop, slug);
  await pay(shop, at, 'pm_card_visa_chargeDeclined');
  const second = await attempt(shop, at, 'pm_card_authenticationRequired');
  expect(await payCheckout(shop, second)).toMatchObject({ answer: 'requires_action' });
  const stale = await provider.arm({ match: { order_id: at.checkoutId }, action: 'retrieve_stale' });

  await makeDue(shop, at.checkoutId);
  await finishDue(shop);

  expect(await stale.hits()).toBe(1);
  expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'requires_action', refusals: 1 });
  const [{ intentId } = { intentId: '' }] = await shop.db
    .select()
    .from(schema.payment)
    .where(eq(schema.payment.orderId, at.checkoutId));
  await provider.control(`/intents/${intentId}/action`, { result: 'fail' });
  await makeDue(shop, at.checkoutId);
  await finishDue(shop);
  expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'declined', reason: 'action_failed', refusals: 2 });
});

it('after all of this every copy is there, and no order was charged twice by what was given up on', async () => {
  const { available, held, sold } = await conservation(test.shop);
  expect(available + held + sold).toBe(COPIES);
  await provider.idle(ACCOUNT);
  const charges = await provider.charges();
  expect(charges.length).toBeGreaterThan(0);
  expect(new Set(charges.map(({ order_id: orderId }) => orderId)).size).toBe(charges.length);
});
