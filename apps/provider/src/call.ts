import type { Settings } from './env.ts';
import type { Store } from './store.ts';

/** One request whose effects run now, inside the store's transaction. */
export interface Call {
  readonly account: string;
  readonly requestId: string;
  readonly idempotencyKey: string | undefined;
  /** Milliseconds since the epoch, by the account's clock. */
  readonly nowMs: number;
  /** The named parts of the path. */
  readonly path: Readonly<Record<string, string>>;
  readonly store: Store;
  readonly settings: Settings;
}

/** Seconds since the epoch, the unit of Stripe's timestamps. */
export function nowSeconds(call: Call): number {
  return Math.floor(call.nowMs / 1000);
}
