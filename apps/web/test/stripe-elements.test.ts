import { expect, test } from 'vitest';
import { tokenOf } from '#checkout/stripe-elements.ts';

// Only what the shop makes of Stripe's answers. Stripe.js itself comes from Stripe, and is not here.

const fine = async () => ({});
const token = async () => ({ confirmationToken: { id: 'ctoken_1' } });
const error = (message?: string) => ({ type: 'validation_error', ...(message && { message }) }) as const;

test('what the form takes for complete becomes a token', async () => {
  expect(await tokenOf({ submit: fine, create: token })).toEqual({ token: 'ctoken_1' });
});

test('no token is made of a form that wants a correction, and its own words say which', async () => {
  const create = async () => expect.fail('a token was made');
  const submit = async () => ({ error: error('Your card number is incomplete.') });
  expect(await tokenOf({ submit, create })).toEqual({ fault: 'Your card number is incomplete.' });
  expect(await tokenOf({ submit: async () => ({ error: error() }), create })).toEqual({
    fault: 'Check the card details. Nothing was sent.',
  });
});

test('a token that Stripe does not make is said in its own words, beside the form', async () => {
  const create = async () => ({ error: error('Your card does not support this type of purchase.') });
  expect(await tokenOf({ submit: fine, create })).toEqual({
    fault: 'Your card does not support this type of purchase.',
  });
});

test.each([
  ['throws', async () => Promise.reject(new RangeError('the element is not mounted'))],
  ['answers with neither a token nor an error', async () => ({})],
  ['never answers', () => new Promise<never>(() => {})],
])('a form that %s has sent nothing', async (_, create) => {
  expect(await tokenOf({ submit: fine, create }, 20)).toEqual({ fault: expect.stringContaining('Nothing was sent') });
});
