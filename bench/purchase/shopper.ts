import { BenchError } from '../errors.ts';
import type { Sheet } from './stock.ts';

const CONTACT = {
  email: 'mira@example.org',
  name: 'Mira Aldenkamp-Vasquez',
  line1: 'Lange Straße 118',
  line2: null,
  postalCode: '10117',
  city: 'Berlin',
  country: 'DE',
};
const SHIPPING_MINOR = 1_200;

/** What a guest may have besides the sheet. */
export interface Extras {
  readonly promotion?: { readonly code: string; readonly percentOff: number };
}

/**
 * A guest who has never been here buys one sheet, as a browser does it: five requests, the same cookie.
 *
 * @returns how long the press of Pay took, in milliseconds
 * @throws {BenchError} `WRONG_RESULT` unless it was paid
 */
export async function buy(shopUrl: string, sheet: Sheet, extras: Extras = {}): Promise<number> {
  const guest = new Guest(shopUrl);
  const { slug, number } = sheet;
  await guest.mutate('cart.add', { slug, number });
  return await payFor(guest, sheet, extras);
}

/** The four requests after that, of a guest who holds the sheet. */
export async function payFor(guest: Guest, { priceMinor }: Sheet, { promotion }: Extras = {}): Promise<number> {
  const { checkoutId } = (await guest.mutate('checkout.start', undefined)) as { checkoutId: string };
  await guest.mutate('checkout.update', {
    checkoutId,
    contact: CONTACT,
    shippingMethod: 'tracked',
    ...(promotion && { promotionCode: promotion.code }),
  });
  const { token } = (await guest.mutate('checkout.testToken', { checkoutId, card: 'pays' })) as { token: string };
  const pressed = performance.now();
  const { answer } = (await guest.mutate('checkout.pay', {
    checkoutId,
    idempotencyKey: `${checkoutId}.0`,
    confirmationToken: token,
    expectedTotalMinor: priceMinor - (priceMinor * (promotion?.percentOff ?? 0)) / 100 + SHIPPING_MINOR,
  })) as { answer: string };
  if (answer !== 'paid') throw new BenchError('WRONG_RESULT', `the answer was ${answer}`);
  return performance.now() - pressed;
}

export class Guest {
  readonly #shopUrl: string;
  #cookie = '';

  constructor(shopUrl: string) {
    this.#shopUrl = shopUrl;
  }

  /** @throws {BenchError} `WRONG_RESULT` for any answer but a yes */
  async mutate(procedure: string, input: unknown): Promise<unknown> {
    const { ok, status, text } = await this.ask(procedure, input);
    if (!ok) throw new BenchError('WRONG_RESULT', `${procedure}: ${status} ${text.slice(0, 300)}`);
    return (JSON.parse(text) as { result: { data: { json: unknown } } }).result.data.json;
  }

  async ask(procedure: string, input: unknown): Promise<{ ok: boolean; status: number; text: string }> {
    const response = await fetch(`${this.#shopUrl}/api/trpc/${procedure}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(this.#cookie && { cookie: this.#cookie }) },
      body: JSON.stringify({ json: input }),
    });
    const text = await response.text();
    this.#cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? this.#cookie;
    return { ok: response.ok, status: response.status, text };
  }
}
