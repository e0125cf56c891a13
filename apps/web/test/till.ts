import { schema } from '@once/db';
import { and, eq } from 'drizzle-orm';
import { afterAll } from 'vitest';
import { type MakeToken, testTokens } from '#checkout/card-form.ts';
import { type Press, type Pressed, pressPay } from '#checkout/press-pay.ts';
import type { TestCardId } from '#checkout/test-cards.ts';
import { CONTACT, Guest, type OpenShop, openShop } from './open-shop.ts';

/** Where people press Pay, for the tests of one file. */
export async function tillOfFile(): Promise<Till> {
  const shop = await openShop();
  afterAll(() => shop.close());
  return new Till(shop);
}

class Till {
  readonly #shop: OpenShop;

  constructor(shop: OpenShop) {
    this.#shop = shop;
  }

  async atCheckout(): Promise<Tab> {
    const guest = new Guest(this.#shop);
    return await Tab.open(guest, await guest.isReadyToPay('interference'));
  }

  /** The provider's own form: the page cannot see which card is in it, and every token is a new one. */
  ownForm(instrument = 'pm_card_visa') {
    const made: string[] = [];
    const makeToken: MakeToken = async () => {
      const { token } = await this.#shop.storefront.shop.payments.testToken(instrument);
      made.push(token);
      return token;
    };
    const form = { contact: CONTACT, shippingMethod: 'tracked', card: null } as const;
    return { made, with_: { form, makeToken } };
  }

  async attemptsOf(orderId: string) {
    const { paymentAttempt } = schema;
    return await this.#shop.storefront.shop.db
      .select({ attempt: paymentAttempt.attempt, state: paymentAttempt.state, last4: paymentAttempt.last4 })
      .from(paymentAttempt)
      .where(eq(paymentAttempt.orderId, orderId))
      .orderBy(paymentAttempt.attempt);
  }

  async chargesOf(orderId: string): Promise<number> {
    const { ledgerPosting } = schema;
    return await this.#shop.storefront.shop.db.$count(
      ledgerPosting,
      and(eq(ledgerPosting.orderId, orderId), eq(ledgerPosting.kind, 'charge')),
    );
  }
}

/** What it knows of the checkout stays as it was until it is told. */
export class Tab {
  readonly guest: Guest;
  readonly checkoutId: string;
  refusals = 0;
  frozen = false;
  expectedTotalMinor: number;

  private constructor(guest: Guest, checkoutId: string, expectedTotalMinor: number) {
    this.guest = guest;
    this.checkoutId = checkoutId;
    this.expectedTotalMinor = expectedTotalMinor;
  }

  static async open(guest: Guest, checkoutId: string): Promise<Tab> {
    const { totals } = await guest.api.checkout.get.query({ checkoutId });
    return new Tab(guest, checkoutId, totals.totalMinor);
  }

  async press(card: TestCardId = 'pays', with_: Partial<Press> = {}): Promise<Pressed> {
    const { checkoutId, refusals, frozen, expectedTotalMinor } = this;
    const form = { contact: CONTACT, shippingMethod: 'tracked', card } as const;
    return await pressPay(
      this.guest.api,
      {
        ...{ checkoutId, refusals, frozen, expectedTotalMinor, form },
        makeToken: testTokens(checkoutId, this.guest.api),
        ...with_,
      },
      () => {},
    );
  }
}

/** A form that wants a correction. */
export const REFUSES: MakeToken = async () => undefined;

export class ConnectionLost extends Error {
  readonly code = 'ECONNRESET';
}

/** Loses the next answer after the shop has given it. */
export function lose(guest: Guest, procedure: string): void {
  guest.onAnswer = (url) => {
    if (!url.includes(procedure)) return;
    guest.onAnswer = () => {};
    throw new ConnectionLost('the answer was lost');
  };
}

/** Right before a press is sent. */
export function goesOffline(guest: Guest): void {
  guest.onSend = (url) => {
    if (url.includes('checkout.pay')) throw new ConnectionLost('offline');
  };
}

export function isOnlineAgain(guest: Guest): void {
  guest.onSend = () => {};
}
