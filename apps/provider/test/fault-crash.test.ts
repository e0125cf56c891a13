// Faults that end the provider, or its port: armed from outside, they happen inside a request, and the next start recovers.
import { once } from 'node:events';
import type Stripe from 'stripe';
import { afterEach, expect, test } from 'vitest';
import { endProvider, errorOf, eventually, newAccount, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider | undefined;
afterEach(async () => {
  if (provider) await endProvider(provider);
  provider = undefined;
});

const confirm = (stripe: Stripe, id: string) =>
  stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }, { idempotencyKey: 'attempt 0' });

test.each([
  ['crash_before_commit', 'nothing has happened, and the retry charges', 0, undefined],
  ['crash_after_commit', 'the charge stays, and the retry replays it', 1, 'true'],
])('%s kills the process; after the next start %s', async (action, _, charges, replayed) => {
  const account = newAccount();
  const first = await startProvider();
  provider = first;
  const { id } = await first.client(account).paymentIntents.create({ amount: 4200, currency: 'eur' });
  const fault = await first.arm({ match: { account, path: `/v1/payment_intents/${id}/confirm` }, action });
  const died = once(first.process, 'exit');

  expect((await errorOf(confirm(first.client(account), id))).type).toBe('StripeConnectionError');
  expect(await died).toEqual([null, 'SIGKILL']);

  provider = await startProvider({}, first.dataDir);
  expect(await provider.ledger(account)).toHaveLength(charges);
  // It survives what it did, and is used up: the retry is not killed again.
  expect(await provider.faults(account)).toMatchObject([{ id: fault, hits: 1 }]);
  expect(await provider.journal(account)).toMatchObject([
    { committed: charges, status: null, sent: null, faults: [action] },
    { sent: 'answer' },
  ]);
  const paid = await confirm(provider.client(account), id);
  expect(paid.status).toBe('succeeded');
  expect(paid.lastResponse.headers['idempotent-replayed']).toBe(replayed);
  expect(await provider.ledger(account)).toHaveLength(1);
});

test('armed for three times, it kills three processes in a row', async () => {
  const account = newAccount();
  let running = await startProvider();
  provider = running;
  const { id } = await running.client(account).paymentIntents.create({ amount: 4200, currency: 'eur' });
  await running.arm({ match: { account, method: 'POST' }, action: 'crash_before_commit', times: 3 });
  for (let turn = 0; turn < 3; turn++) {
    const died = once(running.process, 'exit');
    await errorOf(confirm(running.client(account), id));
    expect(await died).toEqual([null, 'SIGKILL']);
    running = await startProvider({}, running.dataDir);
    provider = running;
  }
  expect((await confirm(running.client(account), id)).status).toBe('succeeded');
  expect(await running.ledger(account)).toHaveLength(1);
});

test('a rule that has not hit yet is still armed after a restart, and goes on counting', async () => {
  const account = newAccount();
  const first = await startProvider();
  provider = first;
  const create = (running: RunningProvider) =>
    running.client(account).paymentIntents.create({ amount: 4200, currency: 'eur' });
  await first.arm({ match: { account, nth: 2 }, action: 'error_503_before' });
  await create(first);
  await first.kill('SIGKILL');

  provider = await startProvider({}, first.dataDir);
  expect((await errorOf(create(provider))).statusCode).toBe(503);
  expect(await provider.faults(account)).toMatchObject([{ seen: 2, hits: 1 }]);
});

test('refuse: nobody can connect for a while, whoever was connected is cut off, and then all is as before', async () => {
  const account = newAccount();
  provider = await startProvider();
  const stripe = provider.client(account);
  const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
  const [bystander, running] = [newAccount(), provider];
  await running.arm({ match: { account: bystander }, action: { name: 'slow_before', ms: 1_000 } });
  const underWay = errorOf(provider.client(bystander).paymentIntents.list());
  await eventually(async () => ((await running.faults(bystander))[0]?.hits === 1 ? true : undefined));
  await running.arm({ match: { account }, action: { name: 'refuse', ms: 2_000 } });

  // The SDK's own retry of the first, cut off, meets the closed port.
  for (const _ of [1, 2]) {
    expect(await errorOf(confirm(stripe, id))).toMatchObject({
      ...{ type: 'StripeConnectionError', detail: { code: 'ECONNREFUSED' } },
    });
  }
  expect(await underWay).toMatchObject({ detail: { code: 'ECONNREFUSED' } });
  expect((await provider.control('/healthz')).status).toBe(200);
  const paid = await eventually(() => confirm(stripe, id).catch(() => undefined));
  expect(paid.status).toBe('succeeded');
  expect(await provider.ledger(account)).toHaveLength(1);
  expect(await provider.faults(account)).toMatchObject([{ hits: 1 }]);
});

test('asked to stop while it refuses connections, it stops', async () => {
  const account = newAccount();
  provider = await startProvider();
  await provider.arm({ match: { account }, action: { name: 'refuse', ms: 600_000 } });
  await errorOf(provider.client(account).paymentIntents.list());
  expect(await provider.kill('SIGTERM')).toBe(0);
});
