import type { Stripe, StripeElements, StripeError } from '@stripe/stripe-js';
// The package's main entry would load the script from Stripe wherever it is imported.
import { loadStripe } from '@stripe/stripe-js/pure';
import { stripeLook } from './stripe-look.ts';

interface Opening {
  readonly publishableKey: string;
  readonly amountMinor: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Takes the form away again. */
  readonly signal: AbortSignal;
}

export interface OpenForm {
  /** The amount decides which ways to pay are offered, and what a wallet shows. */
  readonly setAmount: (amountMinor: number) => void;
  readonly matchTheme: () => void;
  readonly makeToken: () => Promise<TokenMade>;
}

export type TokenMade =
  | { readonly token: string }
  /** Nothing was made; in words for the shopper. */
  | { readonly fault: string };

export class CardFormError extends Error {
  override readonly name = 'CardFormError';
  readonly code = 'CARD_FORM_NOT_LOADED';
}

/**
 * Draws Stripe's form in `place`. No intent exists yet: the server makes it when Pay is pressed, as
 * `packages/checkout` does, with the payment methods that are switched on in the Stripe account.
 *
 * @returns once it can be filled in
 * @throws {CardFormError} Stripe cannot be reached, or will not draw a form for this key
 */
export async function openForm(place: HTMLElement, opening: Opening): Promise<OpenForm> {
  const { publishableKey, amountMinor, currency, signal } = opening;
  const stripe = await loaded(publishableKey);
  signal.throwIfAborted();
  const elements = stripe.elements({
    mode: 'payment',
    amount: amountMinor,
    currency: currency.toLowerCase(),
    locale: 'en',
    appearance: stripeLook(place),
  });
  await drawn(elements, place, signal);
  return {
    setAmount: (amount) => void elements.update({ amount }),
    matchTheme: () => void elements.update({ appearance: stripeLook(place) }),
    makeToken: () =>
      tokenOf({ submit: () => elements.submit(), create: () => stripe.createConfirmationToken({ elements }) }),
  };
}

interface Steps {
  /** Checks the fields and, for a wallet, opens its window. */
  readonly submit: () => Promise<{ readonly error?: StripeError | undefined }>;
  readonly create: () => Promise<{
    readonly confirmationToken?: { readonly id: string } | undefined;
    readonly error?: StripeError | undefined;
  }>;
}

/** A person may take their time with a wallet's window; making the token is one request of Stripe's. */
const CREATE_MS = 30_000;
const CHECK = 'Check the card details. Nothing was sent.';
const NO_ANSWER = 'The card form did not answer. Nothing was sent. Try again in a moment.';

/** Whatever goes wrong here, a payment has not begun: a token that nobody confirms charges nothing. */
export async function tokenOf({ submit, create }: Steps, createMs = CREATE_MS): Promise<TokenMade> {
  try {
    const checked = await submit();
    if (checked.error) return { fault: checked.error.message ?? CHECK };
    const made = await Promise.race([create(), never(createMs)]);
    if (made.confirmationToken) return { token: made.confirmationToken.id };
    return { fault: made.error?.message ?? NO_ANSWER };
  } catch {
    return { fault: NO_ANSWER };
  }
}

async function loaded(publishableKey: string): Promise<Stripe> {
  let stripe: Stripe | null;
  try {
    stripe = await loadStripe(publishableKey);
  } catch (cause) {
    throw new CardFormError('Stripe.js cannot be loaded', { cause });
  }
  if (!stripe) throw new CardFormError('Stripe.js runs in a browser only');
  return stripe;
}

function drawn(elements: StripeElements, place: HTMLElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const form = elements.create('payment', { layout: 'accordion' });
    form.on('ready', () => resolve());
    form.on('loaderror', ({ error }) => reject(new CardFormError(error.message ?? 'the form cannot be drawn')));
    signal.addEventListener('abort', () => {
      form.destroy();
      reject(new CardFormError('the form was taken away'));
    });
    form.mount(place);
  });
}

function never(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new CardFormError('no answer in time')), ms);
  });
}
