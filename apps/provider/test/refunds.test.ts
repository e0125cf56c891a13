import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOf, endProvider, errorOf, idOf, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  // An hour for refunds that take their time: only a clock that is advanced brings them on.
  provider = await startProvider({ PROVIDER_REFUND_MS: '3600000' });
});
afterAll(() => endProvider(provider));

function pay(stripe: Stripe, payment_method = 'pm_card_visa'): Promise<Stripe.PaymentIntent> {
  const paying = { amount: 4200, currency: 'eur', confirm: true, payment_method } as const;
  return stripe.paymentIntents.create({ ...paying, metadata: { order_id: randomUUID() } });
}

/** What the ledger says was given back, row by row. */
async function givenBack(stripe: Stripe): Promise<number[]> {
  const rows = await provider.ledger(accountOf(stripe));
  return rows.filter(({ kind }) => kind === 'refund').map(({ amount }) => amount);
}

const chargeOf = async (stripe: Stripe, intent: Stripe.PaymentIntent) =>
  (await stripe.charges.list({ payment_intent: intent.id })).data[0];

const later = (stripe: Stripe) => provider.control('/clock/advance', { hours: 2, account: accountOf(stripe) });

describe('a refund', () => {
  test('of everything: the charge is refunded, the intent stays succeeded, the ledger says for which order', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe);
    const refund = await stripe.refunds.create({
      ...{ payment_intent: intent.id, reason: 'requested_by_customer', metadata: { refund_id: 'r1' } },
      ...{ expand: ['charge.balance_transaction', 'balance_transaction', 'payment_intent'] },
    });
    expect(refund).toMatchObject({
      object: 'refund',
      amount: 4200,
      balance_transaction: { amount: -4200, type: 'refund', source: refund.id },
      charge: { amount_refunded: 4200, refunded: true, status: 'succeeded' },
      currency: 'eur',
      metadata: { refund_id: 'r1' },
      payment_intent: { id: intent.id, status: 'succeeded', amount_received: 4200 },
      reason: 'requested_by_customer',
      status: 'succeeded',
    });
    const [, row] = await provider.ledger(accountOf(stripe));
    expect(row).toMatchObject({
      ...{ kind: 'refund', amount: 4200, pi: intent.id, refund: refund.id },
      ...{ order_id: intent.metadata['order_id'], charge: intent.latest_charge },
    });
  });

  test('of a part, twice: two equal ones are two refunds', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe);
    const part = { payment_intent: intent.id, amount: 1000 };
    const [first, second] = [await stripe.refunds.create(part), await stripe.refunds.create(part)];
    expect(first.id).not.toBe(second.id);
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 2000, refunded: false });
    const rest = await stripe.refunds.create({ charge: idOf(intent.latest_charge) });
    expect(rest.amount).toBe(2200);
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 4200, refunded: true });
    expect(await givenBack(stripe)).toEqual([1000, 1000, 2200]);
    expect(await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge.refunds'] })).toMatchObject({
      latest_charge: { refunds: { object: 'list', data: [{ id: rest.id }, { id: second.id }, { id: first.id }] } },
    });
  });

  test('under one key is made once', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe);
    const refund = () => stripe.refunds.create({ payment_intent: intent.id, amount: 500 }, { idempotencyKey: 'r1' });
    expect((await refund()).id).toBe((await refund()).id);
    expect(await givenBack(stripe)).toEqual([500]);
  });

  test('is found by its intent and by its charge, newest first; takes metadata and nothing else', async () => {
    const stripe = provider.client();
    const [intent, other] = [await pay(stripe), await pay(stripe)];
    const first = await stripe.refunds.create({ payment_intent: intent.id, amount: 100 });
    const second = await stripe.refunds.create({ payment_intent: intent.id, amount: 200 });
    const third = await stripe.refunds.create({ payment_intent: other.id });
    const ids = async (params: Stripe.RefundListParams) => (await stripe.refunds.list(params)).data.map(({ id }) => id);
    expect(await ids({ payment_intent: intent.id })).toEqual([second.id, first.id]);
    expect(await ids({ charge: idOf(other.latest_charge) })).toEqual([third.id]);
    expect(await ids({ limit: 1, starting_after: third.id })).toEqual([second.id]);
    expect((await stripe.refunds.update(first.id, { metadata: { note: 'late' } })).metadata).toEqual({ note: 'late' });
    expect(await stripe.refunds.retrieve(first.id)).toMatchObject({ amount: 100, metadata: { note: 'late' } });
    const amount = { amount: 1 } as Stripe.RefundUpdateParams;
    expect(await errorOf(stripe.refunds.update(first.id, amount))).toMatchObject({ code: 'parameter_unknown' });
  });
});

describe('is refused', () => {
  test('more than was paid, and more than is left, in the words that Stripe has for each', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe);
    const refund = (amount: number) => stripe.refunds.create({ payment_intent: intent.id, amount });
    expect(await errorOf(refund(4201))).toMatchObject({
      ...{ statusCode: 400, rawType: 'invalid_request_error', param: 'amount' },
      message: 'Refund amount (€42.01) is greater than charge amount (€42.00)',
    });
    await refund(4000);
    expect((await errorOf(refund(201))).message).toBe(
      'Refund amount (€2.01) is greater than unrefunded amount on charge (€2.00)',
    );
    expect(await givenBack(stripe)).toEqual([4000]);
  });

  test('twice all of it: charge_already_refunded', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe);
    await stripe.refunds.create({ payment_intent: intent.id });
    expect(await errorOf(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      ...{ statusCode: 400, code: 'charge_already_refunded' },
      message: `Charge ${idOf(intent.latest_charge)} has already been refunded.`,
    });
  });

  test('of twenty at once for half of it, all but two', async () => {
    const racing = await startProvider({ PROVIDER_LATENCY_MS: '10' });
    const stripe = racing.client();
    const intent = await pay(stripe);
    const asked = await Promise.allSettled(
      Array.from({ length: 20 }, () => stripe.refunds.create({ payment_intent: intent.id, amount: 2100 })),
    );
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    const rows = await racing.ledger(accountOf(stripe));
    expect(rows.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['charge', 4200],
      ['refund', 2100],
      ['refund', 2100],
    ]);
    await endProvider(racing);
  });

  test('of what was never paid, of nothing, of what is not there', async () => {
    const stripe = provider.client();
    const open = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
    await errorOf(stripe.paymentIntents.confirm(open.id, { payment_method: 'pm_card_chargeDeclined' }));
    expect((await errorOf(stripe.refunds.create({ payment_intent: open.id }))).message).toBe(
      `This PaymentIntent (${open.id}) does not have a successful charge to refund.`,
    );
    expect(await errorOf(stripe.refunds.create({}))).toMatchObject({ code: 'parameter_missing' });
    expect(await errorOf(stripe.refunds.create({ payment_intent: 'pi_none' }))).toMatchObject({
      ...{ statusCode: 400, code: 'resource_missing' },
    });
    expect(await errorOf(stripe.refunds.retrieve('re_none'))).toMatchObject({ statusCode: 404 });
    expect(await errorOf(stripe.refunds.create({ payment_intent: open.id, amount: 0 }))).toMatchObject({
      param: 'amount',
    });
  });

  test('by the ledger itself, whoever writes it: more than was taken, and one refund twice', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe);
    const { id } = await stripe.refunds.create({ payment_intent: intent.id, amount: 4000 });
    const file = new DatabaseSync(join(provider.dataDir, 'provider.sqlite'), { timeout: 5_000 });
    const write = (refund: string, amount: number) =>
      file
        .prepare(
          `INSERT INTO ledger (ts, account, kind, charge, pi, amount, currency, request_id, refund)
           SELECT ts, account, 'refund', charge, pi, ?, currency, request_id, ? FROM ledger WHERE pi = ? AND kind = 'charge'`,
        )
        .run(amount, refund, intent.id);
    expect(() => write('re_other', 201)).toThrow('no more than was taken');
    expect(() => write(id, 100)).toThrow('UNIQUE');
    file.close();
  });
});

describe('a refund that takes its time', () => {
  test('is pending, counts at once, and has succeeded when its time has come', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe, 'pm_card_pendingRefund');
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'processing' });
    expect(await errorOf(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      code: 'charge_already_refunded',
    });
    await later(stripe);
    const settled = await stripe.refunds.retrieve(refund.id);
    expect(settled.status).toBe('succeeded');
    expect(settled).not.toHaveProperty('pending_reason');
    expect(await givenBack(stripe)).toEqual([4200]);
  });

  test('has succeeded, and fails later: its amount is back at the charge, and in the balance', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe, 'pm_card_refundFail');
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 1200 });
    expect(refund.status).toBe('succeeded');
    await later(stripe);
    expect(await stripe.refunds.retrieve(refund.id, { expand: ['failure_balance_transaction'] })).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
      failure_balance_transaction: { amount: 1200, type: 'refund_failure' },
    });
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 0, refunded: false });
    expect(await givenBack(stripe)).toEqual([1200, -1200]);
    // The money is there to be given back again.
    expect((await stripe.refunds.create({ payment_intent: intent.id })).amount).toBe(4200);
  });

  test('is settled by hand, once', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe, 'pm_card_pendingRefund');
    const { id } = await stripe.refunds.create({ payment_intent: intent.id });
    const settle = (result: string) => provider.control(`/refunds/${id}/settle`, { result });
    expect((await settle('fail')).status).toBe(200);
    expect(await (await settle('succeed')).json()).toMatchObject({ error: { code: 'unexpected_state' } });
    await later(stripe);
    expect((await stripe.refunds.retrieve(id)).status).toBe('failed');
    expect(await givenBack(stripe)).toEqual([4200, -4200]);
  });

  test('waits for its receiver, and can be canceled until then; one that is paid out cannot', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe, 'pm_local_refundRequiresAction');
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    expect(refund.status).toBe('requires_action');
    expect((await stripe.refunds.cancel(refund.id)).status).toBe('canceled');
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 0, refunded: false });
    expect(await givenBack(stripe)).toEqual([4200, -4200]);
    expect((await errorOf(stripe.refunds.cancel(refund.id))).message).toContain('has a status of canceled');
    const paidOut = await stripe.refunds.create({ payment_intent: (await pay(stripe)).id });
    expect((await errorOf(stripe.refunds.cancel(paidOut.id))).message).toContain('has a status of succeeded');
  });
});

test('a fault can be armed for the refunds of an order: they are about its intent', async () => {
  const stripe = provider.client();
  const intent = await pay(stripe);
  const match = { account: accountOf(stripe), order_id: intent.metadata['order_id'], path: '/v1/refunds' };
  await provider.arm({ match, action: 'error_500_after' });
  const refund = () => stripe.refunds.create({ payment_intent: intent.id }, { idempotencyKey: 'r1' });
  expect((await errorOf(refund())).statusCode).toBe(500);
  expect((await errorOf(refund())).headers?.['idempotent-replayed']).toBe('true');
  expect(await givenBack(stripe)).toEqual([4200]);
  expect((await stripe.refunds.list({ payment_intent: intent.id })).data).toHaveLength(1);
});
