import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountOf, endProvider, errorOf, eventually, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => endProvider(provider));

const pay = { amount: 4200, currency: 'eur', payment_method: 'pm_card_visa', confirm: true } as const;

/** As anybody with the file could: past all of the provider's own code. */
function openFile(options: { readOnly?: boolean } = {}): DatabaseSync {
  return new DatabaseSync(join(provider.dataDir, 'provider.sqlite'), { timeout: 5_000, ...options });
}

test('a row says what was taken, for whom, by which request', async () => {
  const stripe = provider.client();
  const metadata = { order_id: 'order 7' };
  const intent = await stripe.paymentIntents.create({ ...pay, metadata }, { idempotencyKey: 'key 7' });
  const rows = await (await provider.control(`/ledger?order_id=order%207&account=${accountOf(stripe)}`)).json();
  expect(rows).toEqual([
    {
      seq: expect.any(Number),
      ts: expect.any(Number),
      account: accountOf(stripe),
      kind: 'charge',
      charge: intent.latest_charge,
      pi: intent.id,
      amount: 4200,
      currency: 'eur',
      order_id: 'order 7',
      idempotency_key: 'key 7',
      request_id: intent.lastResponse.requestId,
      refund: null,
    },
  ]);
  expect(await (await provider.control('/ledger?order_id=order%208')).json()).toEqual([]);
});

test('it is read from the file while the provider runs, by somebody who cannot write', async () => {
  const stripe = provider.client();
  const intent = await stripe.paymentIntents.create(pay);
  const file = openFile({ readOnly: true });
  expect(file.prepare('SELECT amount FROM ledger WHERE pi = ?').get(intent.id)).toEqual({ amount: 4200 });
  file.close();
});

test.each([
  ['ledger', 'UPDATE ledger SET amount = 1'],
  ['ledger', 'DELETE FROM ledger'],
  [
    'ledger',
    `INSERT OR REPLACE INTO ledger SELECT seq, ts, account, kind, charge, pi, 1, currency, order_id, idempotency_key, request_id, refund FROM ledger WHERE kind = 'decline'`,
  ],
  [
    'ledger',
    `REPLACE INTO ledger (ts, account, kind, charge, pi, amount, currency, request_id) SELECT ts, account, kind, charge, pi, 1, currency, request_id FROM ledger`,
  ],
  ['journal', 'REPLACE INTO journal (seq, ts, request_id, event) SELECT seq, ts, request_id, event FROM journal'],
  ['journal', 'UPDATE journal SET status = 200'],
  ['journal', 'DELETE FROM journal'],
])('the %s refuses: %s', async (table, statement) => {
  const stripe = provider.client();
  await stripe.paymentIntents.create(pay);
  await errorOf(stripe.paymentIntents.create({ ...pay, payment_method: 'pm_card_chargeDeclined' }));
  // The last row of the journal follows the answer.
  await eventually(async () => {
    const requests = await provider.journal(accountOf(stripe));
    return requests.every(({ sent }) => sent !== null) ? true : undefined;
  });
  const file = openFile();
  const rows = () => file.prepare(`SELECT * FROM ${table} ORDER BY seq`).all();
  const before = rows();
  expect(() => file.exec(statement)).toThrow('append-only');
  expect(rows()).toEqual(before);
  file.close();
});

test('a second charge of one intent cannot be written', async () => {
  const stripe = provider.client();
  const { id } = await stripe.paymentIntents.create(pay);
  const file = openFile();
  const copy = `INSERT INTO ledger (ts, account, kind, charge, pi, amount, currency, request_id)
    SELECT ts, account, kind, 'ch_other', pi, amount, currency, request_id FROM ledger WHERE pi = ?`;
  expect(() => file.prepare(copy).run(id)).toThrow('one charge for an intent');
  file.close();
});

test('the journal tells each request: what came, whether it took effect, what went out', async () => {
  const stripe = provider.client();
  const intent = await stripe.paymentIntents.create({ ...pay, metadata: { order_id: '1' } }, { idempotencyKey: 'k' });
  await stripe.paymentIntents.create({ ...pay, metadata: { order_id: '1' } }, { idempotencyKey: 'k' });
  await stripe.paymentIntents.retrieve(intent.id);
  const rows = await (await provider.control(`/journal?account=${accountOf(stripe)}`)).json();
  expect(rows).toMatchObject([
    { method: 'GET', path: `/v1/payment_intents/${intent.id}`, committed: 0, status: 200, sent: 'answer' },
    { method: 'POST', idempotencyKey: 'k', committed: 0, status: 200, sent: 'replay' },
    {
      method: 'POST',
      idempotencyKey: 'k',
      requestId: intent.lastResponse.requestId,
      committed: 1,
      status: 200,
      sent: 'answer',
    },
  ]);
  expect(JSON.parse((rows as { params: string }[])[2]?.params ?? '')).toMatchObject({ metadata: { order_id: '1' } });
});

test('the journal has a bound: what is older goes, and only that can', async () => {
  const other = await startProvider();
  const file = new DatabaseSync(join(other.dataDir, 'provider.sqlite'), { timeout: 5_000 });
  file.exec(`INSERT INTO journal (ts, request_id, event)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 301000) SELECT 0, 'req_' || i, 'received' FROM n`);
  expect(() => file.exec('DELETE FROM journal WHERE seq = 2000')).toThrow('append-only');
  await other.client().paymentIntents.list();
  expect(file.prepare('SELECT min(seq) AS oldest FROM journal').get()).toEqual({ oldest: 1002 });
  file.close();
  await endProvider(other);
});
