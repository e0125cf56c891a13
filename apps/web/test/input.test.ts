import { keyOf } from '@once/checkout';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTACT, Guest, type OpenShop, openShop } from './open-shop.ts';

let shop: OpenShop & { close(): Promise<void> };
let guest: Guest;
let checkoutId: string;

beforeAll(async () => {
  shop = await openShop();
  guest = new Guest(shop);
  checkoutId = await guest.isReadyToPay('two-fans');
});
afterAll(() => shop.close());

const NOBODYS = '019ab7c0-0000-7000-8000-000000000000';
const TOKEN = 'ctoken_1';
const payment = () => ({
  checkoutId,
  idempotencyKey: keyOf(checkoutId, 0),
  confirmationToken: TOKEN,
  expectedTotalMinor: 7200,
});
const update = () => ({ checkoutId, contact: CONTACT, shippingMethod: 'tracked' });

class NotPaidError extends Error {
  readonly code = 'NOT_PAID';
}

type Case = readonly [what: string, procedure: string, input: () => unknown];

const MUTATIONS: readonly Case[] = [
  ['a frame that nobody makes in cart.add', 'cart.add', () => ({ slug: 'two-fans', frame: 'gold' })],
  ['an unknown field in cart.add', 'cart.add', () => ({ slug: 'two-fans', quantity: 2 })],
  ['a negative number in cart.add', 'cart.add', () => ({ slug: 'two-fans', number: -1 })],
  ['a fractional number in cart.add', 'cart.add', () => ({ slug: 'two-fans', number: 1.5 })],
  ['number zero in cart.add', 'cart.add', () => ({ slug: 'two-fans', number: 0 })],
  ['a number beyond any edition in cart.add', 'cart.add', () => ({ slug: 'two-fans', number: 1_001 })],
  ['text for a number in cart.add', 'cart.add', () => ({ slug: 'two-fans', number: '3' })],
  ['no input to cart.add', 'cart.add', () => undefined],
  ['a slug with NUL in cart.add', 'cart.add', () => ({ slug: 'two\u0000fans' })],
  ['a slug in capitals in cart.add', 'cart.add', () => ({ slug: 'Two-Fans' })],
  ['a slug of 300 characters in cart.add', 'cart.add', () => ({ slug: 'a'.repeat(300) })],
  ['no number in cart.remove', 'cart.remove', () => ({ slug: 'two-fans' })],
  ['an unknown field in cart.remove', 'cart.remove', () => ({ slug: 'two-fans', number: 1, all: true })],
  ['a malformed id in checkout.extendHold', 'checkout.extendHold', () => ({ checkoutId: '1' })],
  ['an id in capitals in checkout.cancel', 'checkout.cancel', () => ({ checkoutId: checkoutId.toUpperCase() })],
  ['an id of another version in checkout.cancel', 'checkout.cancel', () => ({ checkoutId: crypto.randomUUID() })],
  ['an unknown field in checkout.cancel', 'checkout.cancel', () => ({ checkoutId, refund: true })],
  ['an unknown field in checkout.update', 'checkout.update', () => ({ ...update(), totalMinor: 1 })],
  ['an unknown field in the contact', 'checkout.update', () => ({ ...update(), contact: { ...CONTACT, phone: '1' } })],
  ['an unknown shipping method', 'checkout.update', () => ({ ...update(), shippingMethod: 'free' })],
  ['an email without a host', 'checkout.update', () => ({ ...update(), contact: { ...CONTACT, email: 'mira@' } })],
  ['NUL in a name', 'checkout.update', () => ({ ...update(), contact: { ...CONTACT, name: 'Mi\u0000ra' } })],
  ['half a character in a city', 'checkout.update', () => ({ ...update(), contact: { ...CONTACT, city: '\ud83d' } })],
  ['a name of blanks', 'checkout.update', () => ({ ...update(), contact: { ...CONTACT, name: '   ' } })],
  [
    'an address of 500 characters',
    'checkout.update',
    () => ({ ...update(), contact: { ...CONTACT, line1: 'x'.repeat(500) } }),
  ],
  [
    'a country that we do not send to',
    'checkout.update',
    () => ({ ...update(), contact: { ...CONTACT, country: 'XX' } }),
  ],
  [
    'a postcode of another country',
    'checkout.update',
    () => ({ ...update(), contact: { ...CONTACT, postalCode: '1012 AB' } }),
  ],
  [
    'an address without its province',
    'checkout.update',
    () => ({ ...update(), contact: { ...CONTACT, country: 'IT' } }),
  ],
  ['an unknown test card', 'checkout.testToken', () => ({ checkoutId, card: 'pm_card_visa' })],
  ['an unknown field in checkout.pay', 'checkout.pay', () => ({ ...payment(), amountMinor: 1 })],
  ['a negative total', 'checkout.pay', () => ({ ...payment(), expectedTotalMinor: -7200 })],
  ['a fractional total', 'checkout.pay', () => ({ ...payment(), expectedTotalMinor: 72.5 })],
  ['a total beyond any column', 'checkout.pay', () => ({ ...payment(), expectedTotalMinor: 2 ** 31 })],
  ['a total that is no number', 'checkout.pay', () => ({ ...payment(), expectedTotalMinor: null })],
  ['a token that is none', 'checkout.pay', () => ({ ...payment(), confirmationToken: 'pi_1' })],
  ['a token with NUL', 'checkout.pay', () => ({ ...payment(), confirmationToken: 'ctoken_\u0000' })],
];

const KEYS: readonly [what: string, key: () => unknown][] = [
  ['empty', () => ''],
  ['of 300 characters', () => `${checkoutId}.${'1'.repeat(263)}`],
  ['with NUL', () => `${checkoutId}.0\u0000`],
  ['with digits of another script', () => `${checkoutId}.０`],
  ['of an emoji', () => '🔑'],
  ['without a number', () => checkoutId],
  ['with a negative number', () => `${checkoutId}.-1`],
  ['with a leading zero', () => `${checkoutId}.01`],
  ['with a blank', () => ` ${checkoutId}.0`],
  ['with a line break at its end', () => `${checkoutId}.0\n`],
  ['in capitals', () => `${checkoutId.toUpperCase()}.0`],
  ['of another checkout', () => `${NOBODYS}.0`],
  ['that is a number', () => 0],
  ['that is missing', () => undefined],
];

const QUERIES: readonly Case[] = [
  ['an unknown field in catalog.get', 'catalog.get', () => ({ slug: 'two-fans', drafts: true })],
  ['a path in catalog.get', 'catalog.get', () => ({ slug: '../secrets' })],
  ['a malformed id in checkout.get', 'checkout.get', () => ({ checkoutId: "' or 1=1 --" })],
  ['no input to checkout.status', 'checkout.status', () => undefined],
  ['an unknown field in checkout.status', 'checkout.status', () => ({ checkoutId, wake: true })],
  ['a malformed id in orders.get', 'orders.get', () => ({ orderId: '\u0000' })],
];

/** @returns the shop's code, after checking that the answer gives nothing away and may not be kept */
async function refusal(
  answer: Response,
  status: number,
): Promise<{ errorCode: string; message: string; text: string }> {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const text = await answer.text();
  // Nothing of the inside gets out.
  expect(text).not.toMatch(/select |insert |postgres|\bat .*\.ts|node_modules/i);
  const body: unknown = JSON.parse(text);
  const { message, data } = (Array.isArray(body) ? body[0] : body).error.json;
  return { errorCode: data.errorCode, message, text };
}

describe('what is not as it should be is refused, and nothing is written', () => {
  test.each(MUTATIONS)('%s', async (_, procedure, input) => {
    const before = await shop.rowCounts();
    expect((await refusal(await guest.send(procedure, input()), 400)).errorCode).toBe('INPUT_INVALID');
    expect(await shop.rowCounts()).toEqual(before);
  });

  test.each(KEYS)('an idempotency key %s', async (_, key) => {
    const before = await shop.rowCounts();
    const answer = await guest.send('checkout.pay', { ...payment(), idempotencyKey: key() });
    expect((await refusal(answer, 400)).errorCode).toBe('KEY_MALFORMED');
    expect(await shop.rowCounts()).toEqual(before);
  });

  test('the key of one checkout for another is refused before either is looked up', async () => {
    const answer = await guest.send('checkout.pay', { ...payment(), checkoutId: NOBODYS });
    expect((await refusal(answer, 400)).errorCode).toBe('KEY_MALFORMED');
  });

  test.each(QUERIES)('%s', async (_, procedure, input) => {
    expect((await refusal(await guest.ask(procedure, input()), 400)).errorCode).toBe('INPUT_INVALID');
  });

  test.each([
    ['', 'nothing'],
    ['{"json":', 'half a body'],
    ['{"json":{"slug":"two-fans"},"meta":{"values":{"__proto__.polluted":["undefined"]}}}', 'a poisoned body'],
    ['{"json":{"slug":"two-fans"},"meta":{"values":{"slug":["nonsense"]}}}', 'a body with an unknown type in it'],
    ['[]', 'a list'],
  ])('%s as a body: %s', async (body) => {
    const before = await shop.rowCounts();
    const headers = { 'content-type': 'application/json' };
    await refusal(await shop.call('cart.add', { method: 'POST', headers, body }), 400);
    expect(await shop.rowCounts()).toEqual(before);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('what belongs to somebody else looks like nothing at all', () => {
  const asked = (id: string): readonly [string, () => Promise<Response>][] => {
    const key = keyOf(id, 0);
    return [
      ['checkout.get', () => stranger.ask('checkout.get', { checkoutId: id })],
      ['checkout.status', () => stranger.ask('checkout.status', { checkoutId: id })],
      ['orders.get', () => stranger.ask('orders.get', { orderId: id })],
      ['checkout.update', () => stranger.send('checkout.update', { ...update(), checkoutId: id })],
      ['checkout.extendHold', () => stranger.send('checkout.extendHold', { checkoutId: id })],
      ['checkout.cancel', () => stranger.send('checkout.cancel', { checkoutId: id })],
      ['checkout.testToken', () => stranger.send('checkout.testToken', { checkoutId: id, card: 'pays' })],
      ['checkout.pay', () => stranger.send('checkout.pay', { ...payment(), checkoutId: id, idempotencyKey: key })],
    ];
  };
  let stranger: Guest;
  let paidId: string;
  beforeAll(async () => {
    paidId = await guest.isReadyToPay('ballast');
    const { token } = await guest.api.checkout.testToken.mutate({ checkoutId: paidId, card: 'pays' });
    const { totals } = await guest.api.checkout.get.query({ checkoutId: paidId });
    const status = await guest.api.checkout.pay.mutate({
      checkoutId: paidId,
      idempotencyKey: keyOf(paidId, 0),
      confirmationToken: token,
      expectedTotalMinor: totals.totalMinor,
    });
    if (status.answer !== 'paid') throw new NotPaidError(status.answer);
  });

  test.each(['with a cart of their own', 'without any cookie', 'with a forged cookie'])('%s', async (who) => {
    stranger = new Guest(shop);
    if (who === 'with a cart of their own') await stranger.api.cart.add.mutate({ slug: 'interference' });
    if (who === 'with a forged cookie') stranger.cookie = `${guest.cookie?.slice(0, -2)}AA`;
    const before = await shop.rowCounts();
    const answers = async (id: string) =>
      await Promise.all(asked(id).map(async ([procedure, ask]) => [procedure, await refusal(await ask(), 404)]));
    const nobodys = await answers(NOBODYS);
    // Alike to the byte.
    expect(await answers(paidId)).toEqual(nobodys);
    expect(await answers(checkoutId)).toEqual(nobodys);
    // And alike whoever asks, for whatever reason it is not theirs.
    for (const answer of nobodys) expect(answer).toMatchObject([expect.any(String), { message: 'not found' }]);
    expect(await shop.rowCounts()).toEqual(before);
  });

  test('a replay is refused to a stranger, and given to the owner', async () => {
    stranger = new Guest(shop);
    const attempts = await guest.api.orders.get.query({ orderId: paidId });
    expect(attempts.attempts).toHaveLength(1);
    const wrong = { ...payment(), checkoutId: paidId, idempotencyKey: keyOf(paidId, 0) };
    await refusal(await stranger.send('checkout.pay', wrong), 404);
    // The owner's own key with another card in it: refused too, but by name.
    expect((await refusal(await guest.send('checkout.pay', wrong), 422)).errorCode).toBe('KEY_REUSED');
  });
});

test('a tampered total charges nothing and is answered with the right one', async () => {
  const buyer = new Guest(shop);
  const id = await buyer.isReadyToPay('selvedge');
  const { token } = await buyer.api.checkout.testToken.mutate({ checkoutId: id, card: 'pays' });
  const answer = await buyer.api.checkout.pay.mutate({
    checkoutId: id,
    idempotencyKey: keyOf(id, 0),
    confirmationToken: token,
    expectedTotalMinor: 1,
  });
  expect(answer).toMatchObject({ answer: 'changed', reason: 'price_changed', newTotalMinor: 12_200, hasOrder: false });
});

test('a database that is away is answered with 503 and the way to try again, and says nothing of itself', async () => {
  const other = await openShop();
  const visitor = new Guest(other);
  await visitor.api.cart.add.mutate({ slug: 'two-fans' });
  await other.storefront.shop.db.$client.end({ timeout: 1 });
  const answer = await visitor.send('cart.add', { slug: 'two-fans' });
  expect(answer.headers.get('retry-after')).toMatch(/^[1-4]$/);
  expect((await refusal(answer, 503)).errorCode).toBe('UNAVAILABLE');
  await other.close();
});
