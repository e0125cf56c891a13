// The provider is killed in the middle of its work, as hard as a process can be killed, and started again on its file.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type Stripe from 'stripe';
import { afterEach, expect, test } from 'vitest';
import { endProvider, errorOf, eventually, newAccount, type RunningProvider, startProvider } from './provider.ts';

const PAYMENTS = 40;

let provider: RunningProvider | undefined;
afterEach(async () => {
  if (provider) await endProvider(provider);
});

test('killed twice during 40 payments, all retried: 40 charges, no doubles, an intact file', async () => {
  const account = newAccount();
  const orders = Array.from({ length: PAYMENTS }, () => randomUUID());
  const env = { PROVIDER_LATENCY_MS: '40' };
  provider = await startProvider(env);

  for (const chargedBeforeKill of [3, 15]) {
    const killed = provider;
    const client = killed.client(account);
    const attempts = Promise.allSettled(orders.map((order) => pay(client, order)));
    await eventually(async () => ((await killed.ledger(account)).length >= chargedBeforeKill ? true : undefined));
    await killed.kill('SIGKILL');
    const failed = (await attempts).filter((attempt) => attempt.status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    provider = await startProvider(env, killed.dataDir);
  }

  const client = provider.client(account);
  const paid = await Promise.all(orders.map((order) => pay(client, order)));
  expect(paid.every((intent) => intent.status === 'succeeded')).toBe(true);
  const rows = await provider.ledger(account);
  expect(rows.map((row) => row.kind)).toEqual(orders.map(() => 'charge'));
  expect(new Set(rows.map((row) => row.order_id))).toEqual(new Set(orders));

  await provider.kill('SIGTERM');
  const db = new DatabaseSync(join(provider.dataDir, 'provider.sqlite'), { readOnly: true });
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  expect(db.prepare(`SELECT count(*) AS charges FROM ledger WHERE kind = 'charge'`).get()).toEqual({
    charges: PAYMENTS,
  });
  db.close();
});

test('killed while a key is in flight: nothing happened, and the same key pays after the restart', async () => {
  const account = newAccount();
  provider = await startProvider({ LOCAL_SLOW_MS: '60000' });
  const killed = provider;
  const client = killed.client(account);
  const intent = await client.paymentIntents.create({ amount: 4200, currency: 'eur' });
  const token = await client.testHelpers.confirmationTokens.create({ payment_method: 'pm_local_slow' });
  const confirm = (stripe: Stripe) =>
    stripe.paymentIntents.confirm(intent.id, { confirmation_token: token.id }, { idempotencyKey: 'attempt 0' });
  const cut = errorOf(confirm(client));
  await eventually(async () => {
    const again = await confirm(client).catch((error: Stripe.errors.StripeError) => error.code);
    return again === 'idempotency_key_in_use' ? true : undefined;
  });
  await killed.kill('SIGKILL');
  expect((await cut).type).toBe('StripeConnectionError');

  provider = await startProvider({ LOCAL_SLOW_MS: '0' }, killed.dataDir);
  const after = provider.client(account);
  expect(await provider.ledger(account)).toEqual([]);
  expect((await after.paymentIntents.retrieve(intent.id)).status).toBe('requires_payment_method');
  const paid = await confirm(after);
  expect(paid.status).toBe('succeeded');
  expect(paid.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
  expect(await provider.ledger(account)).toHaveLength(1);
});

test('after a restart a key still replays, and the clock has not gone back', async () => {
  const account = newAccount();
  provider = await startProvider();
  const before = provider;
  const create = (stripe: Stripe, idempotencyKey: string) =>
    stripe.paymentIntents.create({ amount: 4200, currency: 'eur' }, { idempotencyKey });
  const old = await create(before.client(account), 'old');
  await before.control('/clock/advance', { hours: 20, account });
  const young = await create(before.client(account), 'young');
  expect(young.created - old.created).toBeGreaterThanOrEqual(20 * 3600);
  await before.kill('SIGKILL');

  provider = await startProvider({}, before.dataDir);
  expect((await create(provider.client(account), 'young')).id).toBe(young.id);
  await provider.control('/clock/advance', { hours: 5, account });
  expect((await create(provider.client(account), 'young')).id).toBe(young.id);
  expect((await create(provider.client(account), 'old')).id).not.toBe(old.id);
});

/** One intent and one confirm for an order, each under a key that is the same in every try. */
async function pay(stripe: Stripe, order: string): Promise<Stripe.PaymentIntent> {
  const intent = await stripe.paymentIntents.create(
    { amount: 4200, currency: 'eur', metadata: { order_id: order } },
    { idempotencyKey: `${order} create` },
  );
  return stripe.paymentIntents.confirm(
    intent.id,
    { payment_method: 'pm_card_visa' },
    { idempotencyKey: `${order} confirm` },
  );
}
