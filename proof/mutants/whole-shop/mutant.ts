import type { Mutant } from '../mutant.ts';

/** A mistake that only the whole shop can show: web is built with it, and each of the tests named must fail. */
export interface WholeShopMutant extends Omit<Mutant, 'killer'> {
  readonly layer: 'e2e';
  readonly killers: readonly EndToEnd[];
}

export interface EndToEnd {
  readonly spec: string;
  /** As it stands in the source. */
  readonly title: string;
  /** For its `${…}`, where not every test of this title has to fail. */
  readonly values?: Readonly<Record<string, string>>;
}

export const CHECKOUT = 'packages/checkout/src';
export const LIBRARY = 'packages/idempotency/src';
export const WEB = 'apps/web/src';
export const WORKER = 'apps/worker/src';

export const test = (spec: string, title: string, values?: EndToEnd['values']): EndToEnd => ({
  spec: `${spec}.spec.ts`,
  title,
  ...(values && { values }),
});
