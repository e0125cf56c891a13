// Pure, so that the browser shows the same figures that the server charges. Money is integer minor units.

export type ShippingMethod = 'tracked' | 'express';

export interface Totals {
  readonly subtotalMinor: number;
  /** What the promotion takes off the prints and their frames. */
  readonly discountMinor: number;
  readonly shippingMinor: number;
  /** VAT that the total includes. */
  readonly taxMinor: number;
  readonly totalMinor: number;
  readonly currency: string;
}

export const CURRENCY = 'EUR';
export const VAT_PERCENT = 19;

/** Per order, not per print: they travel together. */
export const SHIPPING: Readonly<Record<ShippingMethod, { readonly priceMinor: number }>> = {
  tracked: { priceMinor: 1200 },
  express: { priceMinor: 2400 },
};

/** What these prints cost, sent this way. Nothing in the cart costs nothing: there is nothing to send. */
export function priceOf(
  lines: readonly { readonly priceMinor: number }[],
  method: ShippingMethod,
  promotion: { readonly percentOff: number } | null = null,
): Totals {
  const subtotalMinor = lines.reduce((sum, line) => sum + line.priceMinor, 0);
  const discountMinor = nearest(subtotalMinor * (promotion?.percentOff ?? 0), 100);
  const shippingMinor = lines.length === 0 ? 0 : SHIPPING[method].priceMinor;
  const totalMinor = subtotalMinor - discountMinor + shippingMinor;
  const taxMinor = nearest(totalMinor * VAT_PERCENT, 100 + VAT_PERCENT);
  return { subtotalMinor, discountMinor, shippingMinor, taxMinor, totalMinor, currency: CURRENCY };
}

/** Divides to the nearest cent. Integer arithmetic: a float would round some amounts the other way. */
const nearest = (amount: number, divisor: number): number => Math.floor((2 * amount + divisor) / (2 * divisor));
