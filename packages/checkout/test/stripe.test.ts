import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stripePayments } from '../src/payments/stripe.ts';

// What a wire can do to an answer. The official SDK is on the other end; the provider's own faults have a suite of their own.
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const requests: string[] = [];
const server = createServer((request, response) => {
  requests.push(`${request.method} ${request.url} ${String(request.headers['idempotency-key'])}`);
  answer(request, response);
});
let apiBase = '';
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  apiBase = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const ORDER_ID = '0190a000-0000-7000-8000-000000000001';
const payments = () => stripePayments({ secretKey: 'sk_test_wire', apiBase, timeoutMs: 400 });
const confirm = (deadlineMs = 5_000, leftMs = 5_000) =>
  payments().confirm(
    { intentId: 'pi_1', token: 'ctoken_1', returnUrl: 'http://localhost/return' },
    { key: 'k', signal: AbortSignal.timeout(deadlineMs), leftMs: () => leftMs },
  );
const json = (status: number, body: unknown, headers: Record<string, string> = {}) => {
  answer = (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
};
const intent = (more: object) => ({
  ...{ id: 'pi_1', object: 'payment_intent', amount: 100, amount_received: 0, currency: 'eur', latest_charge: null },
  ...{ metadata: { order_id: ORDER_ID }, next_action: null, last_payment_error: null },
  ...more,
});

describe('an answer that cannot be read is unknown, never a no', () => {
  it.each([
    ['500 without an error member', () => json(500, {})],
    ['404 without an error member', () => json(404, {})],
    ['200 and another object', () => json(200, { object: 'charge', id: 'ch_1' })],
    ['200 and a state that we do not know', () => json(200, intent({ status: 'requires_capture' }))],
    ['200 and an intent that is not of this shop', () => json(200, intent({ status: 'succeeded', metadata: {} }))],
    [
      '409, the key is in use',
      () => json(409, { error: { type: 'invalid_request_error', code: 'idempotency_key_in_use', message: '…' } }),
    ],
    ['429', () => json(429, { error: { type: 'invalid_request_error', code: 'lock_timeout', message: '…' } })],
    ['a 500 that is not replayed', () => json(500, { error: { type: 'api_error', message: '…' } })],
    [
      'a body that is cut',
      () => {
        answer = (_, response) => {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': '900' });
          response.write('{"id":"pi_1",', () => response.destroy());
        };
      },
    ],
    [
      'silence',
      () => {
        answer = () => {};
      },
    ],
  ])('%s', async (_, arrange) => {
    arrange();
    await expect(confirm()).rejects.toThrow();
  });

  it('a body that drips past the deadline', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    };
    await expect(confirm(300)).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

it('a confirm whose lease has ended is not sent', async () => {
  json(200, intent({ status: 'succeeded', amount_received: 100 }));
  requests.length = 0;
  await expect(confirm(5_000, 0)).rejects.toMatchObject({ code: 'PAYMENTS_LEASE_OVER' });
  expect(requests).toEqual([]);
});

it('too many requests say nothing of the card, though its intent still waits for a confirm', async () => {
  answer = ({ method }, response) => {
    const limited = method === 'POST';
    response.writeHead(limited ? 429 : 200, { 'content-type': 'application/json' });
    const error = { type: 'invalid_request_error', code: 'rate_limit', message: '…' };
    response.end(JSON.stringify(limited ? { error } : intent({ status: 'requires_payment_method' })));
  };
  await expect(confirm()).rejects.toMatchObject({ statusCode: 429 });
});

it('create and confirm are sent under the key that they are given, each time', async () => {
  json(200, intent({ status: 'succeeded', amount_received: 100 }));
  requests.length = 0;
  const order = { orderId: ORDER_ID, amountMinor: 100, currency: 'EUR' };
  for (const _ of [1, 2]) {
    await payments().create(order, { key: 'k_create', signal: AbortSignal.timeout(5_000) });
    await confirm();
  }
  const sent = ['POST /v1/payment_intents k_create', 'POST /v1/payment_intents/pi_1/confirm k'];
  expect(requests).toEqual([...sent, ...sent]);
});

describe('an answer that is clear', () => {
  it.each([
    ['insufficient_funds', { code: 'card_declined', decline_code: 'insufficient_funds' }],
    ['expired_card', { code: 'expired_card' }],
    ['incorrect_cvc', { code: 'incorrect_cvc' }],
    ['card_declined', { code: 'card_declined', decline_code: 'do_not_honor' }],
  ])('declined: %s', async (reason, error) => {
    json(402, { error: { type: 'card_error', message: '…', ...error } });
    expect(await confirm()).toEqual({ kind: 'declined', reason });
  });

  it('succeeded, with what was received', async () => {
    json(200, intent({ status: 'succeeded', amount_received: 100, latest_charge: 'ch_1' }));
    expect(await confirm()).toMatchObject({
      kind: 'intent',
      intent: { status: 'succeeded', orderId: ORDER_ID, amountMinor: 100, currency: 'EUR', chargeId: 'ch_1' },
    });
  });

  it('a 5xx that is replayed will never say more: stuck', async () => {
    json(500, { error: { type: 'api_error', message: '…' } }, { 'idempotent-replayed': 'true' });
    expect(await confirm()).toEqual({ kind: 'stuck' });
  });
});

describe('a cancel', () => {
  it('is sent under a new key each time, and any answer but canceled is followed by a look-up', async () => {
    requests.length = 0;
    answer = ({ method }, response) => {
      const refused = method === 'POST';
      response.writeHead(refused ? 400 : 200, { 'content-type': 'application/json' });
      const error = { type: 'invalid_request_error', code: 'payment_intent_unexpected_state', message: '…' };
      response.end(JSON.stringify(refused ? { error } : intent({ status: 'succeeded', amount_received: 100 })));
    };
    const signal = AbortSignal.timeout(5_000);
    for (const _ of [1, 2]) expect(await payments().cancel('pi_1', { signal })).toMatchObject({ status: 'succeeded' });

    const posts = requests.filter((line) => line.startsWith('POST'));
    expect(posts).toHaveLength(2);
    expect(new Set(posts).size).toBe(2);
  });
});

describe('key and address', () => {
  it.each([
    ['a live key with another base', { secretKey: 'sk_live_x', apiBase: 'https://example.org' }],
    ['a base in the clear that is not this machine', { secretKey: 'sk_test_x', apiBase: 'http://example.org' }],
    ['a base with a path', { secretKey: 'sk_test_x', apiBase: 'https://example.org/v1' }],
    ['a publishable key', { secretKey: 'pk_test_x' }],
    ['no key', { secretKey: '' }],
  ])('refused at the start: %s', (_, options) => {
    expect(() => stripePayments(options)).toThrow(expect.objectContaining({ code: 'PAYMENTS_CONFIG' }));
  });
});
