import { api } from '#trpc/client.ts';
import type { CheckoutForm } from './form.ts';
import { TEST_CARDS } from './test-cards.ts';

/** What a card is entered in. The server says which it is; nothing is guessed in the browser. */
export type CardForm =
  /** A choice of test cards, beside the local provider. */
  | { readonly kind: 'local' }
  /** Stripe's own form. */
  | { readonly kind: 'stripe'; readonly publishableKey: string };

/**
 * Makes a confirmation token of what the shopper pays with: a new one with every call, good for one attempt.
 *
 * @returns undefined: the card form takes it for incomplete or wrong, and says so beside its fields
 * @throws whatever kept the provider from answering
 */
export type MakeToken = (form: Pick<CheckoutForm, 'card'>) => Promise<string | undefined>;

/** @param from the API that makes test tokens */
export const testTokens =
  (checkoutId: string, from: Pick<typeof api, 'checkout'> = api): MakeToken =>
  async ({ card }) =>
    (await from.checkout.testToken.mutate({ checkoutId, card: card ?? TEST_CARDS[0].id })).token;
