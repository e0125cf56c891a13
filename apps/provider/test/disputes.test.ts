import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOf, endProvider, errorOf, idOf, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => endProvider(provider));

function pay(stripe: Stripe, payment_method = 'pm_card_visa'): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({ amount: 4200, currency: 'eur', confirm: true, payment_method });
}

/** What an account's balance comes to, once all of it is entered. */
async function balance(stripe: Stripe): Promise<number> {
  await provider.control('/clock/advance', { ms: 1, account: accountOf(stripe) });
  const transactions = await stripe.balanceTransactions.list({ limit: 100 });
  return transactions.data.reduce((sum, { net }) => sum + net, 0);
}

const FEE = Math.round(4200 * 0.029) + 30;

describe('a dispute', () => {
  test('of pm_card_createDispute is there at once: the money is withdrawn, and the charge cannot be refunded', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe, 'pm_card_createDispute');
    expect(intent.status).toBe('succeeded');
    const [dispute] = (await stripe.disputes.list({ payment_intent: intent.id })).data;
    expect(dispute).toMatchObject({
      ...{
        amount: 4200,
        charge: intent.latest_charge,
        currency: 'eur',
        reason: 'fraudulent',
        status: 'needs_response',
      },
      ...{ is_charge_refundable: false, balance_transactions: [{ amount: -4200, fee: 1500, net: -5700 }] },
    });
    expect((await stripe.charges.retrieve(idOf(intent.latest_charge))).disputed).toBe(true);
    expect(await errorOf(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      ...{ statusCode: 400, code: 'charge_disputed' },
      message: `Charge ${idOf(intent.latest_charge)} has been charged back; cannot issue a refund.`,
    });
    expect(await balance(stripe)).toBe(4200 - FEE - 5700);
  });

  test.each([
    ['won', ['charge.dispute.closed', 'charge.dispute.funds_reinstated'], 4200 - FEE - 1500],
    ['lost', ['charge.dispute.closed'], -FEE - 1500],
  ])('is decided by the bank, once: %s', async (result, events, left) => {
    const stripe = provider.client();
    const { id } = await pay(stripe, 'pm_card_createDispute');
    const [dispute] = (await stripe.disputes.list()).data;
    const close = () => provider.control(`/disputes/${dispute?.id}/close`, { result });
    expect((await close()).status).toBe(200);
    expect((await close()).status).toBe(409);
    expect((await stripe.disputes.retrieve(dispute?.id ?? '')).status).toBe(result);
    expect(await balance(stripe)).toBe(left);
    const told = (await stripe.events.list({ types: ['charge.dispute.*'], limit: 100 })).data;
    expect(told.map(({ type }) => type).toReversed()).toEqual([
      ...['charge.dispute.created', 'charge.dispute.funds_withdrawn', ...events],
    ]);
    const refund = stripe.refunds.create({ payment_intent: id });
    if (result === 'won') expect((await refund).amount).toBe(4200);
    else expect(await errorOf(refund)).toMatchObject({ code: 'charge_disputed' });
  });

  test('takes evidence, which goes to the bank; to give in is to lose', async () => {
    const stripe = provider.client();
    await pay(stripe, 'pm_card_createDispute');
    const id = (await stripe.disputes.list()).data[0]?.id ?? '';
    const kept = await stripe.disputes.update(id, { evidence: { customer_name: 'Ada' }, submit: false });
    expect(kept).toMatchObject({
      status: 'needs_response',
      evidence_details: { has_evidence: true, submission_count: 0 },
    });
    const sent = await stripe.disputes.update(id, { evidence: { uncategorized_text: 'It was hers.' } });
    expect(sent).toMatchObject({
      ...{ status: 'under_review', evidence: { customer_name: 'Ada', uncategorized_text: 'It was hers.' } },
    });
    expect((await stripe.disputes.close(id)).status).toBe('lost');
    expect((await errorOf(stripe.disputes.close(id))).message).toContain('already closed');
  });

  test('is opened on the control port, of what was paid and is still there, once', async () => {
    const stripe = provider.client();
    const { id } = await pay(stripe);
    await stripe.refunds.create({ payment_intent: id, amount: 200 });
    const dispute = () => provider.control(`/intents/${id}/dispute`, {});
    const opened = await dispute();
    expect([opened.status, await opened.json()]).toMatchObject([201, { amount: 4000 }]);
    expect(await (await dispute()).json()).toMatchObject({ error: { code: 'charge_disputed' } });
    const open = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
    expect((await provider.control(`/intents/${open.id}/dispute`, {})).status).toBe(409);
  });
});

describe('balance transactions', () => {
  test('of a payment and what was given back of it come to what is left, by charge and by type', async () => {
    const stripe = provider.client();
    const intent = await pay(stripe);
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 1200 });
    expect(await balance(stripe)).toBe(4200 - FEE - 1200);
    const list = async (params: Stripe.BalanceTransactionListParams) =>
      (await stripe.balanceTransactions.list(params)).data.map(({ type, amount, fee, source }) => [
        type,
        amount,
        fee,
        source,
      ]);
    expect(await list({ source: idOf(intent.latest_charge) })).toEqual([['charge', 4200, FEE, intent.latest_charge]]);
    expect(await list({ type: 'refund' })).toEqual([['refund', -1200, 0, refund.id]]);
    const [charge] = (await stripe.balanceTransactions.list({ type: 'charge', expand: ['data.source'] })).data;
    expect(charge?.source).toMatchObject({ object: 'charge', payment_intent: intent.id });
    expect(await stripe.balanceTransactions.retrieve(charge?.id ?? '')).toMatchObject({ net: 4200 - FEE });
  });

  test('of a charge come a moment after it, where it is automatic_async, and with it where it is automatic', async () => {
    const stripe = provider.client();
    const expand = ['latest_charge.balance_transaction'];
    const paying = { amount: 4200, currency: 'eur', confirm: true, payment_method: 'pm_card_visa', expand } as const;
    const create = async (capture_method: 'automatic' | 'automatic_async') => {
      const intent = await stripe.paymentIntents.create({ ...paying, expand: [...expand], capture_method });
      return (intent.latest_charge as Stripe.Charge).balance_transaction;
    };
    expect(await create('automatic_async')).toBeNull();
    expect(await create('automatic')).toMatchObject({ amount: 4200, fee: FEE });
    expect(await balance(stripe)).toBe(2 * (4200 - FEE));
  });

  test('of a charge that the provider took back by itself come to nothing', async () => {
    const stripe = provider.client();
    await provider.arm({ match: { account: accountOf(stripe) }, action: 'error_500_after_then_reversed' });
    await errorOf(pay(stripe));
    expect(await balance(stripe)).toBe(0);
    expect((await stripe.events.list()).data.map(({ type }) => type).toReversed()).toEqual([
      ...['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded'],
      ...['charge.refunded', 'payment_intent.canceled'],
    ]);
  });
});
