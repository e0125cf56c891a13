import { z } from 'zod';

// What the laboratory and its page tell each other.

export const LANES = ['browser', 'shop', 'postgres', 'provider'] as const;
export type Lane = (typeof LANES)[number];

/** Ours, and the one that was written without thinking of any of this. */
export const SHOPS = ['once', 'naive'] as const;
export type ShopName = (typeof SHOPS)[number];

/** Names the exchange that a request belongs to, so that the laboratory can tell the browser's clock from its own. */
export const EXCHANGE_HEADER = 'x-lab-exchange';

export const RUN_ID = /^[a-z0-9]{16}$/;

/** What the browser itself saw of a request. */
export const BrowserEntry = z.strictObject({
  shop: z.enum(SHOPS),
  /** Of one request: those that share it are its sending and its end. */
  exchange: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** Which tab, or which buyer. */
  who: z.enum(['A', 'B']),
  /** Milliseconds since the epoch, by the browser's clock. */
  atMs: z.number().min(0).max(8.64e15),
  what: z.enum(['sent', 'got', 'lost', 'note']),
  text: z.string().min(1).max(120),
  /** The idempotency key that went along. */
  key: z.string().max(60).nullable(),
});
export type BrowserEntry = z.infer<typeof BrowserEntry>;

/** One row of the diagram. `source` names the record that it was drawn from: `journal:17:received`, `audit:<id>`. */
export interface LabEvent {
  readonly source: string;
  /** Since the run began. */
  readonly atMs: number;
  readonly from: Lane;
  /** The same as `from`: it happened there. */
  readonly to: Lane;
  readonly text: string;
  readonly kind: 'message' | 'reply' | 'lost' | 'fact' | 'commit' | 'trouble' | 'charge';
  /** Of a charge: the how many-th. */
  readonly charge?: number;
  /** The key that goes along, shortened. */
  readonly key?: string;
}

/** One shop's half of a run. */
export interface ShopView {
  readonly events: readonly LabEvent[];
  /** Whose secret key it has: its account at the provider. */
  readonly account: string;
  /** As the provider's ledger has it. */
  readonly charges: number;
  readonly copiesSold: number;
  readonly ordersPaid: number;
  /** Whatever is still to come by itself: an operation that is open, an event that is on its way. */
  readonly isOpen: boolean;
  /** Requests of payments that the provider has taken in so far. */
  readonly confirmsSeen: number;
}

export interface Sources {
  readonly file: string;
  readonly symbol: string;
  readonly says: string;
  readonly line: number;
  readonly code: string;
}

export interface RunView {
  readonly id: string;
  readonly scenario: string;
  readonly state: 'queued' | 'preparing' | 'ready' | 'ended' | 'closed' | 'failed';
  /** How many are before it. */
  readonly queue: number;
  /** What was armed and has not struck: then the run has shown less than it says. */
  readonly unstruck: readonly string[];
  /** Undefined until the sandbox stands. */
  readonly shops: { readonly once: ShopView; readonly naive?: ShopView } | null;
  readonly stoppedBy: readonly Sources[];
  readonly begunAt: string;
}
