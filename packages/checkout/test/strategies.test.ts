// Three ways in which shops send a payment, through the official SDK, each against each fault: what is charged in the end,
// and what the shop believes. The first two are in the wild; the third is what this shop does.
import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultRule, type Provider, startProvider } from './provider.ts';

const TIMEOUT_MS = 700;
const TOO_LONG_MS = 1_500;
const MOST_TRIES = 4;

let provider: Provider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());

/** What the shop takes for true when it stops; `unknown`: it has only heard failures. */
type Belief = 'paid' | 'unpaid' | 'unknown';
interface Purchase {
  readonly stripe: Stripe;
  readonly orderId: string;
}

/** A: each try is a payment of its own. */
async function newKeyPerTry({ stripe, orderId }: Purchase): Promise<Belief> {
  for (let n = 0; n < MOST_TRIES; n++) {
    const tried = await heard(createAndConfirm(stripe, orderId, randomUUID()));
    if (tried === 'succeeded') return 'paid';
  }
  return 'unknown';
}

/** B: each try is the same request under the same key. */
async function sameKey({ stripe, orderId }: Purchase): Promise<Belief> {
  for (let n = 0; n < MOST_TRIES; n++) {
    const tried = await heard(createAndConfirm(stripe, orderId, `${orderId} pay`));
    if (tried === 'succeeded') return 'paid';
  }
  return 'unknown';
}

/**
 * C, ours: the intent is made and its id kept; then that one is confirmed, under a key for this attempt. An answer that was
 * lost is looked up, and only what the intent itself says is believed.
 */
async function oneIntent({ stripe, orderId }: Purchase, number = 0): Promise<Belief> {
  const { id } = await stripe.paymentIntents.create(
    { amount: 4200, currency: 'eur', metadata: { order_id: orderId } },
    { idempotencyKey: `${orderId} create` },
  );
  // Unknown is never an end, so it goes on for as long as it takes.
  const until = Date.now() + 15_000;
  while (Date.now() < until) {
    const confirming = stripe.paymentIntents.confirm(
      id,
      { payment_method: 'pm_card_visa' },
      { idempotencyKey: `${orderId} confirm ${number}` },
    );
    const confirmed = await heard(confirming);
    const looked = confirmed === 'succeeded' ? confirmed : await heard(stripe.paymentIntents.retrieve(id));
    if (looked === 'succeeded') return 'paid';
    // This key will never say more, and the intent is not paid.
    if (confirmed === 'replayed 500' && looked === 'requires_payment_method') return 'unpaid';
  }
  return 'unknown';
}

function createAndConfirm(stripe: Stripe, orderId: string, idempotencyKey: string) {
  const params = { amount: 4200, currency: 'eur', payment_method: 'pm_card_visa', confirm: true };
  return stripe.paymentIntents.create({ ...params, metadata: { order_id: orderId } }, { idempotencyKey });
}

/** The intent's status, or what went wrong. */
async function heard(call: Promise<Stripe.PaymentIntent>): Promise<string> {
  try {
    const { id, status } = await call;
    return id === undefined ? 'nothing readable' : status;
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    return `${error.headers?.['idempotent-replayed'] ? 'replayed ' : ''}${error.statusCode ?? error.type}`;
  }
}

const STRATEGIES = { A: newKeyPerTry, B: sameKey, C: oneIntent } as const;
type Name = keyof typeof STRATEGIES;
/** What it believes, and how often it has charged. */
type End = readonly [Belief, number];

interface Row {
  readonly fault: string;
  readonly rules: readonly { readonly action: FaultRule['action']; readonly times?: number; readonly nth?: number }[];
  readonly ends: Readonly<Record<Name, End>>;
}

const once: Row['ends'] = { A: ['paid', 1], B: ['paid', 1], C: ['paid', 1] };
const twiceUnderNewKeys: Row['ends'] = { ...once, A: ['paid', 2] };

const TABLE: Row[] = [
  { fault: '429 before', rules: [{ action: 'rate_limit' }], ends: once },
  { fault: 'reset before, twice', rules: [{ action: 'rst_before', times: 2 }], ends: once },
  { fault: '503 before', rules: [{ action: 'error_503_before' }], ends: once },
  { fault: 'no answer, nothing done', rules: [{ action: 'hang_before' }], ends: once },
  {
    fault: '500 before, stored: the same key is stuck on it',
    rules: [{ action: 'error_500_before' }],
    ends: { A: ['paid', 1], B: ['unknown', 0], C: ['unpaid', 0] },
  },
  { fault: 'reset after, once: the SDK hides it', rules: [{ action: 'rst_after' }], ends: once },
  { fault: 'closed after, once: the SDK hides it', rules: [{ action: 'fin_after' }], ends: once },
  { fault: 'reset after, twice', rules: [{ action: 'rst_after', times: 2 }], ends: twiceUnderNewKeys },
  { fault: 'body cut after', rules: [{ action: 'cut_body' }], ends: twiceUnderNewKeys },
  { fault: 'no answer after', rules: [{ action: 'hang_after' }], ends: twiceUnderNewKeys },
  {
    fault: 'slower than the timeout, done at once',
    rules: [{ action: { name: 'slow_after', ms: TOO_LONG_MS } }],
    ends: twiceUnderNewKeys,
  },
  {
    fault: 'slower than the timeout, done late: the same key meets 409s',
    rules: [{ action: { name: 'slow_before', ms: TOO_LONG_MS } }],
    ends: { A: ['paid', 2], B: ['unknown', 1], C: ['paid', 1] },
  },
  {
    fault: '500 after, stored: paid, and the same key never hears of it',
    rules: [{ action: 'error_500_after' }],
    ends: { A: ['paid', 2], B: ['unknown', 1], C: ['paid', 1] },
  },
  {
    fault: 'answer lost, tried again a day later: the same key is new again',
    rules: [{ action: 'cut_body' }, { action: { name: 'advance', hours: 25 }, nth: 2 }],
    ends: { A: ['paid', 2], B: ['paid', 2], C: ['paid', 1] },
  },
];

describe.concurrent.each(TABLE)('$fault', ({ rules, ends }) => {
  it.each(['A', 'B', 'C'] as const)('%s', async (name) => {
    const account = `s${randomUUID().replaceAll('-', '')}`;
    const orderId = randomUUID();
    const stripe = client(account);
    const path = name === 'C' ? '/v1/payment_intents/*/confirm' : '/v1/payment_intents';
    const faults = await Promise.all(
      rules.map(({ action, times = 1, nth = 1 }) =>
        provider.arm({ match: { account, method: 'POST', path, nth }, action, times }),
      ),
    );
    // A look-up would spare it the second confirm, which is what is to be seen.
    const isRepeated = name === 'C' && rules.length > 1;
    if (isRepeated) await provider.arm({ match: { account }, action: 'retrieve_500' });

    const [belief, charges] = ends[name];
    expect(await STRATEGIES[name]({ stripe, orderId })).toBe(belief);
    await provider.idle(account);
    expect(await provider.charges(orderId)).toHaveLength(charges);
    for (const fault of faults) expect(await fault.hits()).toBeGreaterThan(0);
    if (belief !== 'unpaid') return;

    expect(await oneIntent({ stripe, orderId }, 1), 'a new attempt, on the same intent').toBe('paid');
    expect(await provider.charges(orderId)).toHaveLength(1);
  });
});

function client(account: string): Stripe {
  const { hostname: host, port } = new URL(provider.apiBase);
  const settings = { host, port, protocol: 'http', telemetry: false } as const;
  return new Stripe(`sk_test_${account}`, { ...settings, maxNetworkRetries: 0, timeout: TIMEOUT_MS });
}
