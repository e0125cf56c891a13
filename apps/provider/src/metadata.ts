import type Stripe from 'stripe';

/** "" removes one name, "" for the whole removes all. */
export function merged(before: Stripe.Metadata, given: '' | Record<string, string> | undefined): Stripe.Metadata {
  if (given === '') return {};
  const all = Object.entries({ ...before, ...given });
  return Object.fromEntries(all.filter(([, value]) => value !== ''));
}
