import { keyOf } from '@once/checkout';
import { expect, test } from 'vitest';
import { kept } from '#checkout/kept-attempt.ts';
import { CONTACT } from './open-shop.ts';
import { lose, REFUSES, Tab, tillOfFile } from './till.ts';

// The storefront's own code of a press, against the real API, database and provider; only the browser is missing.

const till = await tillOfFile();

test('key, token and total are kept before they are sent, and forgotten with a final answer', async () => {
  const tab = await till.atCheckout();
  const seen: unknown[] = [];
  tab.guest.onAnswer = (url) => {
    if (url.includes('checkout.pay')) seen.push(kept(tab.checkoutId));
  };
  const pressed = await tab.press();
  expect(pressed).toMatchObject({ kind: 'answered', status: { answer: 'paid', how: 'succeeded' } });
  expect(seen).toMatchObject([
    {
      idempotencyKey: keyOf(tab.checkoutId, 0),
      confirmationToken: expect.stringMatching(/^ctoken_/),
      expectedTotalMinor: tab.expectedTotalMinor,
    },
  ]);
  expect(kept(tab.checkoutId)).toBeUndefined();
});

test('a press says which trace it begins, the same when it is repeated, and nothing else that is sent does', async () => {
  const tab = await till.atCheckout();
  lose(tab.guest, 'checkout.pay');
  const sent: [string, string | null, string | null][] = [];
  tab.guest.onSend = (url, headers) => {
    const named = headers.get('traceparent');
    if (named || url.includes('checkout.pay')) sent.push([url, named, headers.get('tracestate')]);
  };
  await tab.press();
  expect(await tab.press()).toMatchObject({ status: { answer: 'paid' } });
  const traceId = tab.checkoutId.replaceAll('-', '');
  const press = [
    expect.stringContaining('/checkout.pay'),
    `00-${traceId}-${traceId.slice(16)}-01`,
    expect.stringMatching(/^once=\d{1,6}$/),
  ];
  expect(sent.length).toBeGreaterThan(0);
  expect(sent).toEqual(sent.map(() => press));
});

test('a declined card, then another one: the second has the next number', async () => {
  const tab = await till.atCheckout();
  expect(await tab.press('declined')).toMatchObject({
    kind: 'answered',
    status: { answer: 'declined', reason: 'card_declined', last4: '0002', refusals: 1 },
  });
  tab.refusals = 1;
  tab.frozen = true;
  expect(await tab.press('pays')).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
  expect(await till.attemptsOf(tab.checkoutId)).toEqual([
    { attempt: 0, state: 'declined', last4: '0002' },
    { attempt: 1, state: 'paid', last4: '4242' },
  ]);
});

test('a page that has heard of a decline, but not that the order exists since, presses with its own number all the same', async () => {
  const tab = await till.atCheckout();
  await tab.press('declined');
  tab.refusals = 1;
  expect(await tab.press('pays')).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
  expect(await till.chargesOf(tab.checkoutId)).toBe(1);
});

test('a stale tab whose number was used learns of the other card, and its own is not used', async () => {
  const tab = await till.atCheckout();
  const stale = await Tab.open(tab.guest, tab.checkoutId);
  await tab.press('insufficient_funds');
  for (const frozen of [false, true]) {
    stale.frozen = frozen;
    expect(await stale.press('pays')).toMatchObject({
      kind: 'elsewhere',
      status: { answer: 'declined', reason: 'insufficient_funds', last4: '9995', refusals: 1 },
    });
  }
  expect(await till.attemptsOf(tab.checkoutId)).toHaveLength(1);
  expect(kept(tab.checkoutId), 'what was not used is not sent later').toBeUndefined();
});

test('a tab that has not heard that the other has paid learns it, and its card is not used', async () => {
  const tab = await till.atCheckout();
  const other = await Tab.open(tab.guest, tab.checkoutId);
  await tab.press('pays');
  expect(await other.press('declined')).toMatchObject({ kind: 'elsewhere', status: { answer: 'paid' } });
  expect(await till.attemptsOf(tab.checkoutId)).toEqual([{ attempt: 0, state: 'paid', last4: '4242' }]);
});

test('two tabs that press in the same instant pay once, and both learn it', async () => {
  const tab = await till.atCheckout();
  const other = await Tab.open(tab.guest, tab.checkoutId);
  const pressed = await Promise.all([tab.press(), other.press()]);
  expect(pressed.map(({ kind }) => kind)).toContain('answered');
  for (const one of pressed) expect(['answered', 'elsewhere']).toContain(one.kind);
  expect(await till.chargesOf(tab.checkoutId)).toBe(1);
  expect(await till.attemptsOf(tab.checkoutId)).toMatchObject([{ attempt: 0, state: 'paid' }]);
});

test('a number that the checkout has not reached stores nothing and tells the page that it is out of date', async () => {
  const tab = await till.atCheckout();
  tab.refusals = 7;
  expect(await tab.press()).toMatchObject({ kind: 'moved' });
  expect(await till.attemptsOf(tab.checkoutId)).toEqual([]);
});

test('what the shop will not take as contact is named field by field, and nothing is sent', async () => {
  const tab = await till.atCheckout();
  const form = {
    contact: { ...CONTACT, email: 'mira@-', city: 'x'.repeat(200) },
    shippingMethod: 'tracked',
    card: 'pays',
  } as const;
  const pressed = await tab.press('pays', { form });
  expect(pressed).toMatchObject({ kind: 'invalid', faults: [{ field: 'email' }, { field: 'city' }] });
  expect(await till.attemptsOf(tab.checkoutId)).toEqual([]);
});

test('a shop that cannot be reached before Pay leaves was sent nothing', async () => {
  const tab = await till.atCheckout();
  lose(tab.guest, 'checkout.testToken');
  expect(await tab.press()).toEqual({ kind: 'not_sent' });
  expect(kept(tab.checkoutId)).toBeUndefined();
  expect(await till.attemptsOf(tab.checkoutId)).toEqual([]);
});

test('a card form that wants a correction keeps the press from sending anything', async () => {
  const tab = await till.atCheckout();
  const sent: string[] = [];
  tab.guest.onSend = (url) => sent.push(url);
  expect(await tab.press('pays', { makeToken: REFUSES })).toEqual({ kind: 'incomplete' });
  expect(sent).toEqual([]);
  expect(kept(tab.checkoutId)).toBeUndefined();
});

test('a token is made once for each press, also by a page that has not heard that the order exists', async () => {
  const tab = await till.atCheckout();
  await tab.press('declined');
  tab.refusals = 1;
  const { made, with_ } = till.ownForm();
  expect(await tab.press('pays', with_)).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
  expect(made).toHaveLength(1);
});
