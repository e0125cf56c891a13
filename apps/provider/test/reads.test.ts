import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOf, endProvider, errorOf, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
let stripe: Stripe;
let early: string;
let intents: Stripe.PaymentIntent[];

/** Five intents, oldest first: order_id 0 to 4; the even ones paid; each an hour after the one before. */
beforeAll(async () => {
  provider = await startProvider();
  stripe = provider.client();
  intents = [];
  early = (await stripe.customers.create()).id;
  const late = (await stripe.customers.create()).id;
  for (let n = 0; n < 5; n += 1) {
    const paying = n % 2 === 0 ? { payment_method: 'pm_card_visa', confirm: true } : {};
    intents.push(
      await stripe.paymentIntents.create({
        amount: 1000 + n,
        currency: n === 4 ? 'usd' : 'eur',
        customer: n < 2 ? early : late,
        metadata: { order_id: String(n), "it's": `"${n}"` },
        ...paying,
      }),
    );
    await provider.control('/clock/advance', { hours: 1, account: accountOf(stripe) });
  }
});
afterAll(() => endProvider(provider));

const orders = (page: { data: Stripe.PaymentIntent[] }) =>
  page.data.map((intent) => intent.metadata['order_id']).join(' ');
const nth = (n: number) => intents[n]?.id ?? '';

describe('lists', () => {
  test('are newest first, and say whether there is more', async () => {
    const page = await stripe.paymentIntents.list({ limit: 3 });
    expect(orders(page)).toBe('4 3 2');
    expect(page).toMatchObject({ object: 'list', has_more: true, url: '/v1/payment_intents' });
  });

  test('go on from a cursor, in both directions', async () => {
    const older = await stripe.paymentIntents.list({ limit: 2, starting_after: nth(3) });
    expect([orders(older), older.has_more]).toEqual(['2 1', true]);
    const newer = await stripe.paymentIntents.list({ limit: 2, ending_before: nth(1) });
    expect([orders(newer), newer.has_more]).toEqual(['3 2', true]);
    const end = await stripe.paymentIntents.list({ starting_after: nth(1) });
    expect([orders(end), end.has_more]).toEqual(['0', false]);
  });

  test('the SDK pages through all of them by itself', async () => {
    const all = await stripe.paymentIntents.list({ limit: 2 }).autoPagingToArray({ limit: 100 });
    expect(all.map((intent) => intent.metadata['order_id']).join(' ')).toBe('4 3 2 1 0');
  });

  test('filter by time and by customer', async () => {
    const [second, fourth] = [intents[1]?.created ?? 0, intents[3]?.created ?? 0];
    expect(orders(await stripe.paymentIntents.list({ created: { gte: second, lt: fourth } }))).toBe('2 1');
    expect(orders(await stripe.paymentIntents.list({ created: second }))).toBe('1');
    expect(orders(await stripe.paymentIntents.list({ customer: early }))).toBe('1 0');
  });

  test.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: 101 }, 'limit'],
    [{ starting_after: 'pi_none' }, 'starting_after'],
  ])('refuse %o', async (params, param) => {
    expect(await errorOf(stripe.paymentIntents.list(params))).toMatchObject({ statusCode: 400, param });
  });

  test('of charges: those of one intent', async () => {
    const charges = await stripe.charges.list({ payment_intent: nth(2) });
    expect(charges.data.map((charge) => [charge.amount, charge.status])).toEqual([[1002, 'succeeded']]);
    const charge = await stripe.charges.retrieve(charges.data[0]?.id ?? '');
    expect(charge.payment_intent).toBe(nth(2));
    expect((await stripe.charges.list({ payment_intent: nth(1) })).data).toEqual([]);
  });
});

describe('search', () => {
  test.each([
    [`metadata['order_id']:'3'`, '3'],
    [`metadata["order_id"]:"3"`, '3'],
    [`metadata['it\\'s']:'"2"'`, '2'],
    [`metadata['order_id']:'9'`, ''],
    [`metadata['nothing']:null`, '4 3 2 1 0'],
    [`status:'succeeded'`, '4 2 0'],
    [`status:'succeeded' AND currency:'eur'`, '2 0'],
    [`-status:'succeeded'`, '3 1'],
    [`metadata['order_id']:'0' OR metadata['order_id']:'4'`, '4 0'],
    [`amount>1002`, '4 3'],
    [`amount>=1002 AND amount<1004`, '3 2'],
    [`metadata['it\\'s']~'"3'`, '3'],
  ])('%s', async (query, found) => {
    const page = await stripe.paymentIntents.search({ query });
    expect(page.object).toBe('search_result');
    expect(orders(page)).toBe(found);
  });

  test('by customer, whole or in part, in any case', async () => {
    const part = early.slice(4, 12).toUpperCase();
    for (const query of [`customer:'${early}'`, `customer~'${part}'`]) {
      expect(orders(await stripe.paymentIntents.search({ query }))).toBe('1 0');
    }
  });

  test('finds nothing of another account', async () => {
    const theirs = await provider.client().paymentIntents.search({ query: `metadata['order_id']:'3'` });
    expect(theirs.data).toEqual([]);
  });

  test('pages by next_page', async () => {
    const query = `amount>0`;
    const first = await stripe.paymentIntents.search({ query, limit: 3 });
    expect([orders(first), first.has_more]).toEqual(['4 3 2', true]);
    const second = await stripe.paymentIntents.search({ query, limit: 3, page: first.next_page ?? '' });
    expect([orders(second), second.has_more, second.next_page]).toEqual(['1 0', false, null]);
  });

  test.each([
    '',
    'colour:blue',
    `metadata['a']:'1' AND status:'x' OR status:'y'`,
    `metadata['a']:'1' AND`,
    `status:'succeeded'); DROP TABLE ledger; --`,
    `metadata['a'):'1'`,
  ])('refuses %o', async (query) => {
    expect(await errorOf(stripe.paymentIntents.search({ query }))).toMatchObject({ statusCode: 400, param: 'query' });
  });
});

describe('expand', () => {
  test('puts objects in the place of their ids, one inside the other', async () => {
    const intent = await stripe.paymentIntents.retrieve(nth(2), {
      expand: ['latest_charge.payment_intent', 'payment_method'],
    });
    expect(intent).toMatchObject({
      latest_charge: { object: 'charge', payment_intent: { id: nth(2), object: 'payment_intent' } },
      payment_method: { object: 'payment_method' },
    });
    const plain = await stripe.paymentIntents.retrieve(nth(2));
    expect(plain.latest_charge).toMatch(/^ch_/);
  });

  test('works in lists and search results, and leaves null what is null', async () => {
    const listed = await stripe.paymentIntents.list({ expand: ['data.latest_charge.balance_transaction'] });
    expect(listed.data.map((intent) => (intent.latest_charge as Stripe.Charge | null)?.amount)).toEqual([
      1004,
      undefined,
      1002,
      undefined,
      1000,
    ]);
    const found = await stripe.paymentIntents.search({
      query: `metadata['order_id']:'0'`,
      expand: ['data.latest_charge'],
    });
    expect(found.data[0]?.latest_charge).toMatchObject({ amount: 1000 });
    for (const path of ['latest_charge', 'items.latest_charge']) {
      expect(await errorOf(stripe.paymentIntents.list({ expand: [path] }))).toMatchObject({ param: 'expand' });
    }
  });

  test.each([[['client_secret']], [['latest_charge.colour']], [['data.latest_charge']], [['a.b.c.d.e']]])(
    'refuses %o',
    async (expand) => {
      expect(await errorOf(stripe.paymentIntents.retrieve(nth(2), { expand }))).toMatchObject({
        statusCode: 400,
        param: 'expand',
      });
    },
  );
});
