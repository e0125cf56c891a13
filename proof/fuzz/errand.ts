import { ProofError } from '../errors.ts';
import type { Guest, Told } from '../soak/guest.ts';

/** @returns the id of a checkout that is theirs */
export async function checksOut(guest: Guest, slug: string): Promise<string> {
  taken(await guest.mutate('cart.add', { slug, second: true }));
  return String(taken(await guest.mutate('checkout.start'))['checkoutId']);
}

/** @returns what the press of Pay was answered */
export async function buys(guest: Guest, slug: string): Promise<unknown> {
  const checkoutId = await checksOut(guest, slug);
  taken(await guest.mutate('checkout.update', { checkoutId, contact: CONTACT, shippingMethod: 'tracked' }));
  const { token } = taken(await guest.mutate('checkout.testToken', { checkoutId, card: 'pays' }));
  const { totalMinor } = taken(await guest.query('checkout.status', { checkoutId }));
  const attempt = { checkoutId, idempotencyKey: `${checkoutId}.0`, confirmationToken: token };
  return taken(await guest.mutate('checkout.pay', { ...attempt, expectedTotalMinor: totalMinor }))['answer'];
}

function taken(told: Told): Readonly<Record<string, unknown>> {
  if (told?.status !== 200) throw new ProofError('TOOL_FAILED', `the shop answered ${told?.status} ${told?.errorCode}`);
  return told.data;
}

/** Sound in every field. */
export const CONTACT = {
  ...{ email: 'fuzz@example.org', name: 'Mira Aldenkamp-Vasquez', line1: 'Lange Straße 118', line2: null },
  ...{ postalCode: '10117', city: 'Berlin', region: null, country: 'DE' },
};
