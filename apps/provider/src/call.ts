import type { Settings } from './env.ts';
import type { Faults } from './faults/fault.ts';
import type { Behaviour } from './instruments.ts';
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
  readonly faults: Faults;
  readonly overrides: Overrides;
  /** False: it happens to the account from outside (the bank, the clock), so that its events name no request. */
  readonly isRequest: boolean;
}

/** Something that happens to an account without a request of its own. */
export function outsideCall(
  { store, settings, faults }: Pick<Call, 'store' | 'settings' | 'faults'>,
  account: string,
  requestId: string,
): Call {
  const nowMs = store.clock.nowMs(account);
  const outside = { idempotencyKey: undefined, path: {}, overrides: {}, isRequest: false };
  return { store, settings, faults, account, requestId, nowMs, ...outside };
}

/** What a fault changes in how a request runs. */
export interface Overrides {
  /** What the bank says, whatever the card. */
  readonly behaviour?: Behaviour;
  /** Search does not know what was made in the last so many milliseconds. */
  readonly searchLagMs?: number;
  /** An intent is answered as it was before its last change. */
  readonly stale?: boolean;
}

/** Seconds since the epoch, the unit of Stripe's timestamps. */
export function nowSeconds(call: Call): number {
  return Math.floor(call.nowMs / 1000);
}
