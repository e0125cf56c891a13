// The places where faults will act: each is reached at its point in a request's life, and what is stored there is right.
// The faults are this test's own; the provider around them is the whole one, in this process.
import { rmSync } from 'node:fs';
import type { Server, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FaultableRequest, FaultEffect, FaultPhase } from '../src/faults.ts';
import { ObjectLocks } from '../src/locks.ts';
import { handle } from '../src/pipeline.ts';
import { bodyReadingServer, drain, listen } from '../src/server.ts';
import { openStore, type Store } from '../src/store.ts';
import { errorOf, freshDataDir } from './provider.ts';

const dataDir = freshDataDir();
let store: Store;
let server: Server;
let stripe: Stripe;
let seen: (FaultableRequest & { phase: FaultPhase; charges: number })[];
let armed: { phase: FaultPhase; effect: FaultEffect } | undefined;

beforeEach(async () => {
  seen = [];
  armed = undefined;
  store = openStore(join(dataDir, 'provider.sqlite'));
  const provider = {
    store,
    settings: {
      shopUrl: 'http://shop.example',
      latencyMs: 0,
      slowBankMs: 0,
      tokenLifetimeMs: 60_000,
      instance: undefined,
    },
    locks: new ObjectLocks(),
    log: pino({ level: 'silent' }),
    faults: {
      at: (phase: FaultPhase, request: FaultableRequest) => {
        seen.push({ ...request, phase, charges: store.ledger.rows({ account: 'faults' }).length });
        const effect = armed?.phase === phase ? armed.effect : undefined;
        if (effect) armed = undefined;
        return Promise.resolve(effect);
      },
    },
  };
  server = bodyReadingServer(
    (request, response, body) => handle(provider, request, response, body),
    () => {},
  );
  const port = await listen(server, 0, 'the test');
  stripe = new Stripe('sk_test_faults', {
    host: '127.0.0.1',
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
});

afterEach(async () => {
  await drain(server, 0);
  store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const pay = {
  amount: 4200,
  currency: 'eur',
  payment_method: 'pm_card_visa',
  confirm: true,
  metadata: { order_id: 'o1' },
};
const key = { idempotencyKey: 'k' };
const charges = () => store.ledger.rows({ account: 'faults' }).length;

function answering(status: number, stored: boolean): FaultEffect {
  const error = { type: 'api_error', message: 'Injected.' };
  return { kind: 'answer', name: 'injected', answer: { status, body: JSON.stringify({ error }), retry: 'no' }, stored };
}

const cutting: FaultEffect = {
  kind: 'connection',
  name: 'cut_body',
  send: (response: ServerResponse, answer) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write(answer?.body.slice(0, 20) ?? '{');
    setImmediate(() => response.destroy());
  },
};

test('each place is reached once, in order, and is told the account, the order and the intent', async () => {
  const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur', metadata: { order_id: 'o1' } });
  seen = [];
  await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }, key);
  expect(seen.map(({ phase, charges: count }) => [phase, count])).toEqual([
    ['edge', 0],
    ['pre', 0],
    ['post', 1],
  ]);
  for (const request of seen) {
    expect(request).toMatchObject({
      account: 'faults',
      orderId: 'o1',
      intentId: id,
      idempotencyKey: 'k',
      method: 'POST',
    });
  }
});

test('at the edge nothing is judged yet: it acts even on a request without a key to the account', async () => {
  armed = { phase: 'edge', effect: answering(503, false) };
  const nobody = await fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}/v1/none`);
  expect(nobody.status).toBe(503);
});

test('edge: nothing is stored, the same key pays', async () => {
  armed = { phase: 'edge', effect: answering(503, false) };
  expect((await errorOf(stripe.paymentIntents.create(pay, key))).statusCode).toBe(503);
  expect((await stripe.paymentIntents.create(pay, key)).status).toBe('succeeded');
  expect(charges()).toBe(1);
});

test('pre, not stored: nothing happened, the same key pays', async () => {
  armed = { phase: 'pre', effect: answering(503, false) };
  expect((await errorOf(stripe.paymentIntents.create(pay, key))).statusCode).toBe(503);
  expect(charges()).toBe(0);
  expect((await stripe.paymentIntents.create(pay, key)).status).toBe('succeeded');
});

test('pre, connection cut: nothing happened, the same key pays', async () => {
  armed = { phase: 'pre', effect: cutting };
  expect((await errorOf(stripe.paymentIntents.create(pay, key))).type).toBe('StripeConnectionError');
  expect(charges()).toBe(0);
  expect((await stripe.paymentIntents.create(pay, key)).status).toBe('succeeded');
});

test('pre, stored: a 500 that this key hears for ever, and no charge', async () => {
  armed = { phase: 'pre', effect: answering(500, true) };
  expect((await errorOf(stripe.paymentIntents.create(pay, key))).statusCode).toBe(500);
  const again = await errorOf(stripe.paymentIntents.create(pay, key));
  expect(again.statusCode).toBe(500);
  expect(again.headers?.['idempotent-replayed']).toBe('true');
  expect(charges()).toBe(0);
});

test('post, connection cut: the charge stays, and the same key hears of it', async () => {
  armed = { phase: 'post', effect: cutting };
  expect((await errorOf(stripe.paymentIntents.create(pay, key))).type).toBe('StripeConnectionError');
  expect(charges()).toBe(1);
  const again = await stripe.paymentIntents.create(pay, key);
  expect(again.status).toBe('succeeded');
  expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
  expect(charges()).toBe(1);
});

test('post, stored: charged, but this key hears a 500 for ever; only the intent tells', async () => {
  const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
  const confirm = () => errorOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }, key));
  armed = { phase: 'post', effect: answering(500, true) };
  expect((await confirm()).statusCode).toBe(500);
  expect((await confirm()).statusCode).toBe(500);
  expect(charges()).toBe(1);
  expect((await stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
});

test('the intent is free again after each of them', async () => {
  const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
  for (const phase of ['edge', 'pre', 'post'] as const) {
    armed = { phase, effect: cutting };
    await errorOf(stripe.paymentIntents.update(id, { description: phase }));
  }
  expect((await stripe.paymentIntents.update(id, { description: 'free' })).description).toBe('free');
});

test('the journal names what was done to the answer', async () => {
  armed = { phase: 'post', effect: cutting };
  await errorOf(stripe.paymentIntents.create(pay, key));
  expect(store.journal.newest({ account: 'faults', limit: 1 })).toMatchObject([
    { committed: 1, sent: 'cut_body', status: null },
  ]);
});

test('a charge whose answer cannot be stored did not happen', async () => {
  const { keys } = store;
  const finish = keys.finish.bind(keys);
  let refusals = 1;
  keys.finish = (...stored) => {
    refusals -= 1;
    if (refusals === 0) throw new RangeError('the disk is full');
    finish(...stored);
  };
  expect(await errorOf(stripe.paymentIntents.create(pay, key))).toMatchObject({ statusCode: 500 });
  expect(charges()).toBe(0);
  expect((await stripe.paymentIntents.list()).data).toEqual([]);
});

test('a bug of the provider is a 500 that is stored, and leaves nothing behind', async () => {
  const { ledger } = store;
  const broken = { append: () => ledger.append({ kind: 'none' } as never), rows: ledger.rows.bind(ledger) };
  Object.assign(store, { ledger: broken });
  expect(await errorOf(stripe.paymentIntents.create(pay, key))).toMatchObject({
    statusCode: 500,
    rawType: 'api_error',
  });
  Object.assign(store, { ledger });
  expect((await errorOf(stripe.paymentIntents.create(pay, key))).headers?.['idempotent-replayed']).toBe('true');
  expect((await stripe.paymentIntents.list()).data).toEqual([]);
  expect((await stripe.charges.list()).data).toEqual([]);
});
