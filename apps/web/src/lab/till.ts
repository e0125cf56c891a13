import { testTokens } from '#checkout/card-form.ts';
import type { CheckoutForm } from '#checkout/form.ts';
import { forget, kept, numberOf } from '#checkout/kept-attempt.ts';
import { type Pressed, pressPay, sendAttempt } from '#checkout/press-pay.ts';
import { verdictOf } from '#checkout/verdict.ts';
import type { Tab } from './logged.ts';

// A shopper of the laboratory. What they press is the storefront's own Pay: the same code computes the key, keeps it with
// card and total before anything is sent, and asks for what it did not hear.

const CONTACT = {
  email: 'mira@example.org',
  name: 'Mira Aldenkamp',
  line1: 'Lange Straße 118',
  line2: null,
  postalCode: '10117',
  city: 'Berlin',
  region: null,
  country: 'DE',
} as const;
const FORM: CheckoutForm = { contact: CONTACT, shippingMethod: 'tracked', card: 'pays' };

const ASK_MS = 400;
const ASK_AT_MOST = 60;

export interface Seat {
  readonly tab: Tab;
  readonly checkoutId: string;
  readonly totalMinor: number;
}

/** Somebody who is about to press Pay. */
export async function sitDown(tab: Tab, slug = 'lab-print'): Promise<Seat> {
  await tab.api.cart.add.mutate({ slug });
  return await checkOut(tab);
}

export async function checkOut(tab: Tab): Promise<Seat> {
  const { checkoutId } = await tab.api.checkout.start.mutate();
  await tab.api.checkout.update.mutate({ checkoutId, contact: CONTACT, shippingMethod: 'tracked' });
  const { totals } = await tab.api.checkout.get.query({ checkoutId });
  return { tab, checkoutId, totalMinor: totals.totalMinor };
}

/** Contact and shipping were stored when they checked out. */
export async function press({ tab, checkoutId, totalMinor }: Seat): Promise<Pressed> {
  const made = { checkoutId, refusals: 0, frozen: true, expectedTotalMinor: totalMinor, form: FORM };
  return await pressPay(tab.api, { ...made, makeToken: testTokens(checkoutId, tab.api) }, () => {});
}

/** What the checkout's page does after a press: it asks until it knows, and sends again only what never arrived. */
export async function untilKnown(seat: Seat, pressed: Pressed): Promise<void> {
  const { tab, checkoutId } = seat;
  let last = pressed;
  for (let asked = 0; asked < ASK_AT_MOST; asked++) {
    if ('status' in last) {
      const verdict = verdictOf(last.status);
      if (verdict === 'leave' || verdict === 'refused') return forget(checkoutId);
    }
    await pause(ASK_MS);
    last = await ask(seat);
    const attempt = kept(checkoutId);
    if (attempt && 'status' in last && verdictOf(last.status, numberOf(attempt)) === 'unheard') {
      last = await sendAttempt(tab.api, attempt, () => {});
    }
  }
}

async function ask({ tab, checkoutId }: Seat): Promise<Pressed> {
  try {
    return { kind: 'answered', status: await tab.api.checkout.status.query({ checkoutId }) };
  } catch {
    return { kind: 'not_sent' };
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
