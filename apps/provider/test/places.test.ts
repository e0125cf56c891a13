// The life of a request, from inside: where faults may act, and what stays when something of the provider's own breaks.
// What is broken here cannot be broken from outside, so the provider runs in this process, whole.
import { mkdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultEngine } from '../src/faults/engine.ts';
import type { FaultableRequest, FaultPhase } from '../src/faults/fault.ts';
import { ObjectLocks } from '../src/locks.ts';
import { handle } from '../src/pipeline.ts';
import { RateLimiter } from '../src/rate-limit.ts';
import { bodyReadingServer, drain, listen } from '../src/server.ts';
import { openStore, type Store } from '../src/store.ts';
import { faultable } from '../src/webhooks/queue.ts';
import { errorOf, freshDataDir } from './provider.ts';

const dataDir = freshDataDir();
const settings = {
  shopUrl: 'http://shop.example',
  latencyMs: 0,
  slowBankMs: 0,
  tokenLifetimeMs: 60_000,
  instance: undefined,
  refundMs: 0,
  webhookRetriesMs: [],
  webhookTimeoutMs: 1_000,
};
let store: Store;
let server: Server;
/** Requests that were left without an end. */
let failures: unknown[];
let stripe: Stripe;
let seen: (FaultableRequest & { phase: FaultPhase; charges: number })[];

beforeEach(async () => {
  seen = [];
  failures = [];
  store = openStore(join(dataDir, 'provider.sqlite'));
  const provider = {
    store,
    settings,
    locks: new ObjectLocks(),
    limiter: new RateLimiter(0),
    log: pino({ level: 'silent' }),
    dispatcher: { beforeResponse: () => Promise.resolve() },
    faults: {
      at: (phase: FaultPhase, request: FaultableRequest) => {
        seen.push({ ...request, phase, charges: store.ledger.rows({ account: 'faults' }).length });
        return Promise.resolve(undefined);
      },
      within: () => undefined,
    },
  };
  server = bodyReadingServer(
    (request, response, body) => handle(provider, request, response, body),
    (error) => failures.push(error),
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

test('each place is reached once, in order, and is told the account, the order and the intent', async () => {
  const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur', metadata: { order_id: 'o1' } });
  seen = [];
  await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }, key);
  expect(seen.map(({ phase, charges: count }) => [phase, count])).toEqual([
    ['edge', 0],
    ['pre', 0],
    ['post', 1],
    ['wire', 1],
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

test('a replay is not run again: after the edge it comes to the wire', async () => {
  await stripe.paymentIntents.create(pay, key);
  seen = [];
  await stripe.paymentIntents.create(pay, key);
  expect(seen.map(({ phase }) => phase)).toEqual(['edge', 'wire']);
});

test('a charge whose answer cannot be stored did not happen', async () => {
  fillDisk(1);
  expect(await errorOf(stripe.paymentIntents.create(pay, key))).toMatchObject({ statusCode: 500 });
  expect(charges()).toBe(0);
  expect((await stripe.paymentIntents.list()).data).toEqual([]);
});

test('a disk that takes neither the charge nor the refusal leaves the key as good as new', async () => {
  fillDisk(2);
  expect(await errorOf(stripe.paymentIntents.create(pay, key))).toMatchObject({ statusCode: 500 });
  expect((await stripe.paymentIntents.create(pay, key)).status).toBe('succeeded');
  expect((await stripe.paymentIntents.create(pay, key)).lastResponse.headers['idempotent-replayed']).toBe('true');
  expect(charges()).toBe(1);
});

test('an answer that the journal does not take is given all the same', async () => {
  store.journal.answered = () => {
    throw new RangeError('the disk is full');
  };
  expect((await stripe.paymentIntents.create(pay, key)).status).toBe('succeeded');
  expect(failures).toEqual([]);
});

/** So many answers cannot be stored. */
function fillDisk(refusals: number): void {
  const { keys } = store;
  const finish = keys.finish.bind(keys);
  let left = refusals;
  keys.finish = (...stored) => {
    left -= 1;
    if (left >= 0) throw new RangeError('the disk is full');
    finish(...stored);
  };
}

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

test('a rule is never used more often than it was armed for, whoever asks', () => {
  const match = { account: 'faults' };
  store.faults.add('fault_1', { match, action: { name: 'rst_after' }, times: 2 }, Date.now());
  const take = () => store.faults.take('fault_1', 'req_1', Date.now()).kind;
  expect([take(), take(), take(), take()]).toEqual(['hit', 'hit', 'over', 'over']);
  expect(store.faults.list({ id: 'fault_1' })).toMatchObject([{ hits: 2, seen: 2 }]);
});

test('a file of a version that had other actions is opened, and what nobody knows any more stays in the list', () => {
  const match = { account: 'faults' };
  store.faults.add('fault_1', { match, action: { name: 'explode' }, times: 1 }, Date.now());
  const engine = new FaultEngine({ store, settings, refuseConnections: () => {} });
  expect(engine.list()).toMatchObject([{ action: { name: 'explode' }, hits: 0 }]);
});

test('a fault of a webhook has hit if and only if its event is there: rolled back, it is still armed', () => {
  const engine = new FaultEngine({ store, settings, refuseConnections: () => {} });
  engine.arm({ match: { event: 'charge.*' }, action: { name: 'drop' }, times: 1 });
  const delivery = {
    id: 'dlv_1',
    account: 'faults',
    event_type: 'charge.refunded',
    payment_intent: null,
    order_id: null,
  };
  const within = () => engine.within('queue', faultable(delivery));
  const rolledBack = () =>
    store.transaction(() => {
      expect(within()).toMatchObject({ effect: { kind: 'drop' }, isUsedUp: true });
      throw new RangeError('the disk is full');
    });
  expect(rolledBack).toThrow('the disk is full');
  expect(engine.list()).toMatchObject([{ hits: 0 }]);
  expect(store.transaction(() => [within(), within()])).toMatchObject([{ isUsedUp: true }, undefined]);
  expect(engine.list()).toMatchObject([{ hits: 1 }]);
});

test('the file of a version without refunds is brought up to date, and keeps its ledger', () => {
  const file = join(dataDir, 'older', 'provider.sqlite');
  mkdirSync(join(dataDir, 'older'));
  const older = new DatabaseSync(file);
  const columns = `seq INTEGER PRIMARY KEY AUTOINCREMENT, ts INTEGER, account TEXT, kind TEXT, charge TEXT, pi TEXT,
    amount INTEGER, currency TEXT, order_id TEXT, idempotency_key TEXT, request_id TEXT`;
  older.exec(`CREATE TABLE ledger (${columns}); CREATE TABLE journal (seq INTEGER PRIMARY KEY AUTOINCREMENT, ts INTEGER,
      request_id TEXT, event TEXT, account TEXT, method TEXT, path TEXT, idempotency_key TEXT, params TEXT, status INTEGER,
      sent TEXT);
    INSERT INTO ledger VALUES (1, 0, 'a', 'charge', 'ch_1', 'pi_1', 4200, 'eur', 'o1', NULL, 'req_1')`);
  older.close();
  for (const _ of ['the first time', 'and again']) {
    const opened = openStore(file);
    expect(opened.ledger.rows()).toMatchObject([{ charge: 'ch_1', amount: 4200, refund: null }]);
    opened.journal.answered('req_1', 500, 'answer', '{}');
    opened.close();
  }
});
