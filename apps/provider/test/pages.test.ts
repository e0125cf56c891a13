// The pages of the control port, as a person uses them: a browser without a script.
import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEndpoint } from './endpoint.ts';
import { accountOf, endProvider, errorOf, eventually, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider({ PROVIDER_REFUND_MS: '3600000' });
});
afterAll(() => endProvider(provider));

const origin = () => `http://127.0.0.1:${provider.controlPort}`;

async function shown(path: string): Promise<string> {
  const page = await provider.control(path);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  return await page.text();
}

/** Fills in a form and sends it, as a browser does. */
function submit(
  action: string,
  fields: Record<string, string>,
  headers: Record<string, string> = { origin: origin() },
) {
  return fetch(`${origin()}${action}`, {
    ...{ method: 'POST', redirect: 'manual', headers: { ...headers, accept: 'text/html' } },
    body: new URLSearchParams(fields),
  });
}

function pay(stripe: Stripe, payment_method = 'pm_card_visa', orderId: string = randomUUID()) {
  return stripe.paymentIntents.create({
    ...{ amount: 123456, currency: 'eur', payment_method, confirm: true, metadata: { order_id: orderId } },
    return_url: 'http://shop.example/return',
  });
}

describe('payments', () => {
  test('are shown with their ledger, by order; what was charged twice is first and red, until one is taken back', async () => {
    const stripe = provider.client();
    const account = accountOf(stripe);
    const [twice, once] = [randomUUID(), randomUUID()];
    await pay(stripe, 'pm_card_visa', twice);
    expect(await shown(`/?account=${account}`)).toContain('No order was charged more than once.');
    await pay(stripe, 'pm_card_visa', twice);
    await pay(stripe, 'pm_card_visa', once);
    const page = await shown(`/?account=${account}`);
    expect(page).toContain('1 order was charged more than once.');
    expect(page.match(/<section class="double">/g)).toHaveLength(1);
    expect(page.indexOf(twice)).toBeLessThan(page.indexOf(once));
    expect(page).toContain('€1,234.56');
    // Two authorizations of which one is let go are not two charges.
    const other = randomUUID();
    const manual = { capture_method: 'manual', amount: 500, currency: 'eur', metadata: { order_id: other } } as const;
    for (const _ of [1, 2])
      await stripe.paymentIntents.create({ ...manual, confirm: true, payment_method: 'pm_card_visa' });
    expect(await shown(`/?order_id=${other}`)).toContain('class="double"');
    const [{ id } = { id: '' }] = (await stripe.paymentIntents.list({ limit: 1 })).data;
    await stripe.paymentIntents.cancel(id);
    expect(await shown(`/?order_id=${other}`)).not.toContain('class="double"');
  });

  test('run nothing that they were given, and load nothing', async () => {
    const stripe = provider.client();
    await pay(stripe, 'pm_card_visa', '"><script>alert(1)</script>');
    const page = await provider.control(`/?account=${accountOf(stripe)}`);
    const text = await page.text();
    expect(text).not.toContain('<script');
    expect(text).toContain('&#34;&#62;&#60;script&#62;');
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-.*form-action 'self'/,
    );
    for (const path of [`/?order_id=${encodeURIComponent('"><script>')}`, '/arm?order=%22%3E%3Cscript%3E']) {
      expect(await shown(path)).not.toContain('<script');
    }
  });

  test('are brought on by buttons: the bank, a late answer, a dispute, a refund', async () => {
    const stripe = provider.client();
    const back = `/?account=${accountOf(stripe)}`;
    const press = async (action: string, fields: Record<string, string> = {}) => {
      expect(await shown(back)).toContain(`action="${action}"`);
      const answer = await submit(action, { back, ...fields });
      expect([answer.status, answer.headers.get('location')]).toEqual([303, back]);
    };
    const { id: secured } = await pay(stripe, 'pm_card_threeDSecure2Required');
    await press(`/intents/${secured}/action`, { result: 'complete' });
    expect((await stripe.paymentIntents.retrieve(secured)).status).toBe('succeeded');
    const { id: late } = await pay(stripe, 'pm_usBankAccount_processing');
    await press(`/intents/${late}/settle`, { result: 'fail' });
    expect((await stripe.paymentIntents.retrieve(late)).status).toBe('requires_payment_method');
    await press(`/intents/${secured}/dispute`);
    const [dispute] = (await stripe.disputes.list()).data;
    await press(`/disputes/${dispute?.id}/close`, { result: 'won' });
    const { id: pending } = await pay(stripe, 'pm_card_pendingRefund');
    const refund = await stripe.refunds.create({ payment_intent: pending });
    await press(`/refunds/${refund.id}/settle`, { result: 'succeed' });
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded');
  });
});

test('requests are shown with their key, their parameters, the faults that hit them and what was sent', async () => {
  const stripe = provider.client();
  await provider.arm({ match: { account: accountOf(stripe) }, action: 'fin_after', times: 2 });
  const creating = stripe.paymentIntents.create({ amount: 500, currency: 'eur' }, { idempotencyKey: 'key 1' });
  await errorOf(creating);
  const page = await shown(`/requests?account=${accountOf(stripe)}`);
  expect(page).toContain('key 1');
  expect(page).toContain('no answer</span> fin_after');
  expect(page).toContain('&#34;amount&#34;:&#34;500&#34;');
  expect(page.match(/<tbody><tr>|<\/tr><tr>/g)).toHaveLength(2);
  await errorOf(stripe.paymentIntents.create({ amount: -5, currency: 'eur' }));
  const [, refused] = (await shown(`/requests?account=${accountOf(stripe)}`)).split('<tr>').slice(1);
  expect(refused).toContain('400</span> answer');
  expect(refused).toContain('parameter_invalid_integer');
});

test('webhooks are shown with their tries, sent again and let go', async () => {
  const stripe = provider.client();
  const account = accountOf(stripe);
  const shop = await startEndpoint();
  await stripe.webhookEndpoints.create({ url: shop.url, enabled_events: ['payment_intent.created'] });
  await provider.arm({ match: { account }, action: 'hold', times: 2 });
  const create = () => stripe.paymentIntents.create({ amount: 500, currency: 'eur', metadata: { order_id: 'a<b' } });
  for (const _ of [1, 2]) await create();
  const back = `/webhooks?account=${account}`;
  const page = await shown(back);
  expect(page).toContain('a&#60;b');
  const [, id] = /action="\/deliveries\/(dlv_\w+)\/release"/.exec(page) ?? [];
  await submit(`/deliveries/${id}/release`, { back });
  await shop.has(1);
  expect((await submit('/deliveries/release', { back, account })).status).toBe(303);
  await shop.has(2);
  await submit(`/deliveries/${id}/resend`, { back });
  await shop.has(3);
  const done = await eventually(async () => {
    const now = await shown(`${back}&state=succeeded`);
    return now.match(/resend"/g)?.length === 2 ? now : undefined;
  });
  expect(done).toContain('200</span>');
  expect(await shown(`${back}&state=held`)).toContain('None.');
  await shop.close();
});

describe('a fault is armed', () => {
  test('for an order, so many times', async () => {
    const stripe = provider.client();
    const [mine, others] = [randomUUID(), randomUUID()];
    const page = await shown(`/arm?order=${mine}&account=${accountOf(stripe)}`);
    expect(page).toContain(`name="order" value="${mine}"`);
    const form = { scope: 'order', order: mine, account: accountOf(stripe), action: 'decline', code: 'lost_card' };
    const answer = await submit('/arm', { back: '/arm', times: '2', ms: '', card: 'pm_card_visa', ...form });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/arm']);
    await pay(stripe, 'pm_card_visa', others);
    for (const _ of [1, 2]) {
      expect(await errorOf(pay(stripe, 'pm_card_visa', mine))).toMatchObject({ decline_code: 'lost_card' });
    }
    await pay(stripe, 'pm_card_visa', mine);
    expect(await shown('/arm')).toContain('2 of 2');
  });

  test('for a card, and for the next payment: its confirm, nothing before it', async () => {
    const stripe = provider.client();
    const account = accountOf(stripe);
    await submit('/arm', { scope: 'card', card: 'pm_card_amex', account, action: 'error_500_before' });
    await submit('/arm', { scope: 'next', order: '', card: 'pm_card_visa', account, action: 'cut_body' });
    const { id } = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
    const confirm = (card: string) => errorOf(stripe.paymentIntents.confirm(id, { payment_method: card }));
    expect((await confirm('pm_card_amex')).statusCode).toBe(500);
    expect((await confirm('pm_card_visa')).type).toBe('StripeConnectionError');
    expect(await provider.faults(account)).toMatchObject([{ hits: 1 }, { hits: 1 }]);
  });

  test('and taken away; the clock is advanced', async () => {
    const stripe = provider.client();
    const account = accountOf(stripe);
    const id = await provider.arm({ match: { account }, action: 'rst_after' });
    await submit(`/faults/${id}/remove`, { back: '/arm' });
    expect(await provider.faults(account)).toEqual([]);
    const before = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
    await submit('/clock/advance', { hours: '25', account, back: '/arm' });
    const after = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
    expect(after.created - before.created).toBeGreaterThanOrEqual(25 * 3600);
  });
});

describe('a form', () => {
  test.each([
    ['of another origin', { origin: 'http://shop.example' }],
    ['of nowhere', { origin: 'null' }],
    ['that does not say where it is from', {}],
  ])('%s is refused, and nothing happens', async (_, headers: Record<string, string>) => {
    const stripe = provider.client();
    const form = { scope: 'next', account: accountOf(stripe), action: 'rst_after' };
    expect((await submit('/arm', form, headers)).status).toBe(403);
    expect(await provider.faults(accountOf(stripe))).toEqual([]);
  });

  test.each(['https://shop.example/', '//shop.example/', 'shop.example'])(
    'that wants to go on to %s goes to the payments',
    async (back) => {
      const { account } = { account: accountOf(provider.client()) };
      const answer = await submit('/arm', { scope: 'next', account, action: 'rst_after', back });
      expect(answer.headers.get('location')).toBe('/');
    },
  );

  test.each([
    ['/arm', { scope: 'order', action: 'rst_after' }, 400, 'Which order?'],
    ['/arm', { scope: 'next', action: 'explode' }, 400, 'No action is called explode'],
    ['/intents/pi_none/settle', { result: 'fail' }, 404, 'There is no payment_intent pi_none.'],
    ['/nothing', {}, 404, 'There is no POST /nothing here.'],
  ])('that cannot be done (%s) says so on a page', async (action, fields: Record<string, string>, status, message) => {
    const answer = await submit(action, fields);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(await answer.text()).toContain(message);
  });
});
