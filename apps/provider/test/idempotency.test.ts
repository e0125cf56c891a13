import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOf, endProvider, errorOf, eventually, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider({ LOCAL_SLOW_MS: '800' });
});
afterAll(() => endProvider(provider));

const pay = { amount: 4200, currency: 'eur', payment_method: 'pm_card_visa', confirm: true } as const;

describe('the same key again', () => {
  test('answers the first answer, byte for byte, and charges nothing', async () => {
    const stripe = provider.client();
    const idempotencyKey = randomUUID();
    const first = await stripe.paymentIntents.create(pay, { idempotencyKey });
    const second = await stripe.paymentIntents.create(pay, { idempotencyKey });
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    expect(first.status).toBe('succeeded');
    expect(await provider.ledger(accountOf(stripe))).toHaveLength(1);
  });

  test('is told from the first by its headers', async () => {
    const stripe = provider.client(undefined, { apiVersion: '2026-10-28.endive' });
    const idempotencyKey = randomUUID();
    const first = (await stripe.paymentIntents.create(pay, { idempotencyKey })).lastResponse;
    const second = (await stripe.paymentIntents.create(pay, { idempotencyKey })).lastResponse;
    expect(first.headers).toMatchObject({
      'request-id': first.requestId,
      'original-request': first.requestId,
      'idempotency-key': idempotencyKey,
      'stripe-should-retry': 'false',
      'stripe-version': '2026-10-28.endive',
    });
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    expect(second.requestId).not.toBe(first.requestId);
    expect(second.headers).toMatchObject({
      'request-id': second.requestId,
      'original-request': first.requestId,
      'idempotency-key': idempotencyKey,
      'idempotent-replayed': 'true',
      'stripe-should-retry': 'false',
    });
  });

  test('with its parameters in another order replays, with another amount is refused', async () => {
    const stripe = provider.client();
    const idempotencyKey = randomUUID();
    const first = await stripe.paymentIntents.create(
      { amount: 500, currency: 'eur', metadata: { a: '1', b: '2' } },
      { idempotencyKey },
    );
    const again = await stripe.paymentIntents.create(
      { metadata: { b: '2', a: '1' }, currency: 'eur', amount: 500 },
      { idempotencyKey },
    );
    expect(again.id).toBe(first.id);
    const error = await errorOf(
      stripe.paymentIntents.create({ amount: 5000, currency: 'eur', metadata: { a: '1', b: '2' } }, { idempotencyKey }),
    );
    expect(error).toMatchObject({ statusCode: 400, rawType: 'idempotency_error', type: 'StripeIdempotencyError' });
    expect(error.message).toContain('same parameters');
  });

  test('is refused for another endpoint', async () => {
    const stripe = provider.client();
    const idempotencyKey = randomUUID();
    const intent = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' }, { idempotencyKey });
    const error = await errorOf(stripe.paymentIntents.cancel(intent.id, {}, { idempotencyKey }));
    expect(error).toMatchObject({ statusCode: 400, rawType: 'idempotency_error' });
    expect(error.message).toContain('same endpoint');
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_payment_method');
  });

  test('is another key in another account', async () => {
    const [one, two] = [provider.client(), provider.client()];
    const idempotencyKey = randomUUID();
    const first = await one.paymentIntents.create(pay, { idempotencyKey });
    const second = await two.paymentIntents.create({ ...pay, amount: 9900 }, { idempotencyKey });
    expect(second.id).not.toBe(first.id);
    expect((await errorOf(two.paymentIntents.retrieve(first.id))).code).toBe('resource_missing');
  });

  test('means nothing on a GET', async () => {
    const stripe = provider.client();
    const intent = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
    const headers = { authorization: `Bearer sk_test_${accountOf(stripe)}`, 'idempotency-key': 'read' };
    const path = `/v1/payment_intents/${intent.id}`;
    const before = await provider.api(path, { headers });
    await stripe.paymentIntents.cancel(intent.id);
    const after = await provider.api(path, { headers });
    expect(await before.json()).toMatchObject({ status: 'requires_payment_method' });
    expect(await after.json()).toMatchObject({ status: 'canceled' });
    expect(after.headers.has('idempotency-key')).toBe(false);
  });
});

describe('while the first request runs', () => {
  const slow = { ...pay, payment_method: 'pm_local_slow' };

  test('five at once: one is done, four hear 409 key in use; afterwards each replays', async () => {
    const stripe = provider.client();
    const idempotencyKey = randomUUID();
    const send = () => stripe.paymentIntents.create(slow, { idempotencyKey });
    const settled = await Promise.allSettled([send(), send(), send(), send(), send()]);
    const done = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const refused = settled.flatMap((each) =>
      each.status === 'rejected' ? [each.reason as Stripe.errors.StripeError] : [],
    );
    expect(done).toHaveLength(1);
    expect(refused).toHaveLength(4);
    for (const error of refused) {
      expect(error).toMatchObject({
        statusCode: 409,
        code: 'idempotency_key_in_use',
        rawType: 'invalid_request_error',
      });
      expect(error.headers).not.toHaveProperty('stripe-should-retry');
    }
    const replays = await Promise.all([send(), send(), send()]);
    for (const replay of replays) {
      expect(replay.id).toBe(done[0]?.id);
      expect(replay.lastResponse.headers['idempotent-replayed']).toBe('true');
    }
    expect(await provider.ledger(accountOf(stripe))).toHaveLength(1);
  });

  test('the SDK with its retries on waits a 409 out', async () => {
    const stripe = provider.client(undefined, { maxNetworkRetries: 4 });
    const idempotencyKey = randomUUID();
    const send = () => stripe.paymentIntents.create(slow, { idempotencyKey });
    const [one, two] = await Promise.all([send(), send()]);
    expect(one.id).toBe(two.id);
  });

  test('it stays in flight, however much time passes', async () => {
    const stripe = provider.client();
    const account = accountOf(stripe);
    const idempotencyKey = randomUUID();
    const send = () => stripe.paymentIntents.create(slow, { idempotencyKey });
    const first = send();
    await eventually(() => journalMentions(account, idempotencyKey));
    await provider.control('/clock/advance', { hours: 25, account });
    expect((await errorOf(send())).code).toBe('idempotency_key_in_use');
    expect((await first).status).toBe('succeeded');
    expect(await provider.ledger(account)).toHaveLength(1);
  });

  test('other parameters are told so at once, not that the key is in use', async () => {
    const stripe = provider.client();
    const idempotencyKey = randomUUID();
    const first = stripe.paymentIntents.create(slow, { idempotencyKey });
    const error = await errorOf(stripe.paymentIntents.create({ ...slow, amount: 1 + slow.amount }, { idempotencyKey }));
    expect(error.rawType).toBe('idempotency_error');
    expect((await first).status).toBe('succeeded');
  });

  test('a client that hangs up has paid all the same, and hears so when it asks again', async () => {
    const stripe = provider.client(undefined, { timeout: 100 });
    const idempotencyKey = randomUUID();
    const error = await errorOf(stripe.paymentIntents.create(slow, { idempotencyKey }));
    expect(error.type).toBe('StripeConnectionError');
    const patient = provider.client(accountOf(stripe), { maxNetworkRetries: 4 });
    const answer = await patient.paymentIntents.create(slow, { idempotencyKey });
    expect(answer.status).toBe('succeeded');
    expect(answer.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(await provider.ledger(accountOf(stripe))).toHaveLength(1);
  });
});

describe('which answers a key keeps', () => {
  test('a decline: the same 402 again, although the intent has gone on since', async () => {
    const stripe = provider.client();
    const intent = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
    const idempotencyKey = randomUUID();
    const decline = () =>
      errorOf(
        stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_chargeDeclined' }, { idempotencyKey }),
      );
    const first = await decline();
    await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
    const again = await decline();
    expect(first.statusCode).toBe(402);
    expect(again.headers?.['idempotent-replayed']).toBe('true');
    expect(again.raw).toMatchObject({ code: 'card_declined', payment_intent: { status: 'requires_payment_method' } });
    const kinds = (await provider.ledger(accountOf(stripe))).map((row) => row.kind);
    expect(kinds).toEqual(['decline', 'charge']);
  });

  test('a refusal by the state of the intent: the same 400 again, although it would be allowed now', async () => {
    const stripe = provider.client();
    const intent = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
    const idempotencyKey = randomUUID();
    const confirm = () => errorOf(stripe.paymentIntents.confirm(intent.id, {}, { idempotencyKey }));
    expect((await confirm()).code).toBe('payment_intent_unexpected_state');
    await stripe.paymentIntents.update(intent.id, { payment_method: 'pm_card_visa' });
    const again = await confirm();
    expect(again.code).toBe('payment_intent_unexpected_state');
    expect(again.headers?.['idempotent-replayed']).toBe('true');
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_confirmation');
  });

  test('not a refusal of the parameters: the same key may be used when they are right', async () => {
    const stripe = provider.client();
    const idempotencyKey = randomUUID();
    const error = await errorOf(stripe.paymentIntents.create({ amount: 1, currency: 'eur' }, { idempotencyKey }));
    expect(error).toMatchObject({ statusCode: 400, code: 'amount_too_small' });
    expect(error.headers).not.toHaveProperty('original-request');
    const intent = await stripe.paymentIntents.create(pay, { idempotencyKey });
    expect(intent.status).toBe('succeeded');
    expect(intent.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
  });

  test('not a lock timeout: the key is given back, and works when the intent is free', async () => {
    const stripe = provider.client();
    const patience = await startProvider({ LOCAL_SLOW_MS: '2500' });
    try {
      const [slowly, also] = [patience.client(accountOf(stripe)), patience.client(accountOf(stripe))];
      const intent = await slowly.paymentIntents.create({ amount: 4200, currency: 'eur' });
      const confirming = slowly.paymentIntents.confirm(intent.id, { payment_method: 'pm_local_slow' });
      await eventually(() => journalMentions(accountOf(stripe), 'pm_local_slow', patience));
      const idempotencyKey = randomUUID();
      const update = () => also.paymentIntents.update(intent.id, { description: 'later' }, { idempotencyKey });
      const error = await errorOf(update());
      expect(error).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
      expect(error.headers?.['stripe-should-retry']).toBe('true');
      expect((await confirming).status).toBe('succeeded');
      const updated = await update();
      expect(updated.description).toBe('later');
      expect(updated.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
    } finally {
      await endProvider(patience);
    }
  });

  test.each([
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
  ])('a key that is %s is refused', async (_, key) => {
    const response = await provider.api('/v1/payment_intents', {
      method: 'POST',
      headers: {
        authorization: 'Bearer sk_test_keys',
        'content-type': 'application/x-www-form-urlencoded',
        'idempotency-key': key,
      },
      body: 'amount=500&currency=eur',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  test('a key of 255 characters works', async () => {
    const intent = await provider.client().paymentIntents.create(pay, { idempotencyKey: 'k'.repeat(255) });
    expect(intent.status).toBe('succeeded');
  });
});

describe('after a day', () => {
  test('the same key executes again, so create and confirm in one charges twice', async () => {
    const stripe = provider.client();
    const account = accountOf(stripe);
    const idempotencyKey = randomUUID();
    const first = await stripe.paymentIntents.create(pay, { idempotencyKey });
    await provider.control('/clock/advance', { hours: 23.9, account });
    expect((await stripe.paymentIntents.create(pay, { idempotencyKey })).id).toBe(first.id);
    const advanced = await provider.control('/clock/advance', { hours: 0.2, account });
    expect(await advanced.json()).toEqual({ advanced_ms: 720_000, pruned_keys: 1 });
    const again = await stripe.paymentIntents.create(pay, { idempotencyKey });
    expect(again.id).not.toBe(first.id);
    expect((await provider.ledger(account)).map((row) => row.kind)).toEqual(['charge', 'charge']);
  });

  test('that also happens when nobody moves the clock', async () => {
    const stripe = provider.client();
    const idempotencyKey = randomUUID();
    const first = await stripe.paymentIntents.create(pay, { idempotencyKey });
    const file = new DatabaseSync(join(provider.dataDir, 'provider.sqlite'), { timeout: 5_000 });
    file.prepare('UPDATE idempotency_key SET created_ms = created_ms - 86400000 WHERE key = ?').run(idempotencyKey);
    file.close();
    expect((await stripe.paymentIntents.create(pay, { idempotencyKey })).id).not.toBe(first.id);
  });

  test('a confirm of the one intent is refused instead, whatever key it comes with', async () => {
    const stripe = provider.client();
    const account = accountOf(stripe);
    const idempotencyKey = randomUUID();
    const intent = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
    const token = await stripe.testHelpers.confirmationTokens.create({ payment_method: 'pm_card_visa' });
    const confirm = () =>
      stripe.paymentIntents.confirm(intent.id, { confirmation_token: token.id }, { idempotencyKey });
    expect((await confirm()).status).toBe('succeeded');
    await provider.control('/clock/advance', { hours: 25, account });
    const error = await errorOf(confirm());
    expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
    expect(error.message).toContain('already succeeded');
    expect(error.raw).toMatchObject({ payment_intent: { id: intent.id, status: 'succeeded' } });
    expect(await provider.ledger(account)).toHaveLength(1);
  });

  test('time passes for one account alone', async () => {
    const [one, two] = [provider.client(), provider.client()];
    const idempotencyKey = randomUUID();
    const first = await two.paymentIntents.create(pay, { idempotencyKey });
    await provider.control('/clock/advance', { hours: 48, account: accountOf(one) });
    expect((await two.paymentIntents.create(pay, { idempotencyKey })).id).toBe(first.id);
  });
});

async function journalMentions(account: string, text: string, at = provider): Promise<true | undefined> {
  const journal = await at.control(`/journal?account=${account}`);
  return (await journal.text()).includes(text) ? true : undefined;
}
