import type { Heard } from './client-log.ts';
import type { Hung } from './gallery.ts';

// What three witnesses say, who do not know of each other: the shop's database, the provider's book, and the log of what
// shoppers and staff have heard. Beside them what was hung, and what the processes of the shop have logged.

export interface Evidence {
  readonly shop: ShopRecord;
  readonly provider: ProviderRecord;
  readonly heard: Heard[];
  readonly hung: Hung[];
  readonly promotion: { readonly code: string; readonly percentOff: number; readonly uses: number };
  /** Of web's and worker's logs: a record changed hands. */
  readonly takings: { recordId: string; fence: number }[];
  /** Of the same: what a shopper was told to be a mistake of the shop, with the error behind it. */
  readonly slips: string[];
  /** What was still under way when the time was over. */
  readonly underWay: Readonly<Record<string, number>>;
}

/** Ids are UUIDs, amounts minor units. */
export interface ShopRecord {
  readonly copies: { editionId: string; number: number; state: string; heldBy: string | null }[];
  readonly orders: Order[];
  readonly lines: { orderId: string; editionId: string; number: number; priceMinor: number; isVoid: boolean }[];
  readonly payments: Payment[];
  readonly attempts: { orderId: string; attempt: number; state: string; token: string }[];
  readonly postings: { orderId: string; kind: string; amountMinor: number; objectId: string }[];
  readonly refunds: { orderId: string; id: string; state: string; amountMinor: number }[];
  /** Where our ledger and the provider's book were seen to differ. */
  readonly differences: { orderId: string | null; kind: string }[];
  readonly audit: { orderId: string; action: string; attempt: number | null; late: boolean }[];
  readonly promotionUses: { orderId: string; code: string }[];
  readonly promotionUsesLeft: number;
  readonly events: { id: string; isApplied: boolean; isParked: boolean }[];
  readonly records: { id: string; operation: string; scope: string; key: string; state: number }[];
  readonly mails: { orderId: string; kind: string; isDelivered: boolean }[];
}

export interface Order {
  id: string;
  state: string;
  isPaid: boolean;
  reviewReason: string | null;
  totalMinor: number;
  discountMinor: number;
  currency: string;
  shippingMethod: string;
  promotionCode: string | null;
}

export interface Payment {
  orderId: string;
  state: string;
  intentId: string | null;
  capturedMinor: number;
  refundedMinor: number;
  pendingMinor: number;
}

export interface ProviderRecord {
  readonly ledger: LedgerRow[];
  readonly intents: { id: string; status: string; orderId: string | null }[];
  readonly requests: Sent[];
  /** Events that an endpoint of the shop has answered with 2xx. */
  readonly delivered: string[];
  /** How often each fault has struck. */
  readonly struck: Readonly<Record<string, number>>;
}

export interface LedgerRow {
  seq: number;
  kind: string;
  charge: string;
  pi: string;
  amount: number;
  currency: string;
  order_id: string | null;
}

/** A request of the shop's. */
export interface Sent {
  method: string;
  path: string;
  key: string | null;
  params: string;
  orderId: string | null;
  faults: number;
  /** Of an answer that was no success. */
  body: string | null;
}
