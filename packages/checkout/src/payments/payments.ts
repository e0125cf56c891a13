/** Why a card did not pay. The page's words for each are in the shop's copy. */
export type DeclineReason =
  | 'card_declined'
  | 'insufficient_funds'
  | 'expired_card'
  | 'incorrect_cvc'
  | 'action_failed'
  | 'token_expired'
  | 'provider_unavailable';

/** A PaymentIntent, reduced to what the shop decides by. */
export interface Intent {
  readonly id: string;
  readonly orderId: string;
  readonly status: 'requires_confirmation' | 'requires_action' | 'processing' | 'succeeded' | 'canceled';
  readonly amountMinor: number;
  /** Upper case, as the shop stores it. */
  readonly currency: string;
  readonly chargeId: string | null;
  /** The bank's page, while `requires_action`. */
  readonly redirectUrl: string | null;
  /** The latest refusal of a card; may belong to an earlier attempt. */
  readonly lastError: DeclineReason | null;
  /** What it is being paid with, else what it was last refused with. Made anew by each confirm, so it tells attempts apart. */
  readonly methodId: string | null;
}

/** A refund, reduced likewise. */
export interface ProviderRefund {
  readonly id: string;
  readonly intentId: string;
  /** Our refund's id; null for one that was made at the provider by hand. */
  readonly refundId: string | null;
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly amountMinor: number;
  readonly currency: string;
  /** Why it failed, in the provider's word. */
  readonly failure: string | null;
}

/** A charge or a refund, as the daily comparison reads it. Only what moved money is listed. */
export interface ProviderMove {
  readonly id: string;
  readonly intentId: string;
  /** As its intent's metadata says; null: not of this shop. */
  readonly orderId: string | null;
  readonly amountMinor: number;
  readonly currency: string;
}

/** Everything that the provider has of one intent, for people. */
export interface Statement {
  readonly intent: Intent;
  readonly charges: readonly StatementCharge[];
  readonly refunds: readonly ProviderRefund[];
}

export interface StatementCharge {
  readonly id: string;
  readonly status: 'succeeded' | 'pending' | 'failed';
  readonly amountMinor: number;
  readonly currency: string;
  readonly last4: string | null;
  readonly disputed: boolean;
  readonly createdAt: Date;
}

export type MoveKind = 'charge' | 'refund';

export interface Dispute {
  readonly id: string;
  readonly intentId: string;
  /** `closed`: the money stays with the shop. `lost`: the cardholder has it back. */
  readonly status: 'open' | 'closed' | 'lost';
}

/** What was made in this time, by the provider's clock. */
export interface Period {
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
}

export interface CallOptions {
  readonly signal: AbortSignal;
}

/**
 * The port to the payment provider. Every method rejects when the answer was lost or cannot be read: that is unknown, not
 * no. Only what the provider said clearly is returned.
 */
export interface Payments {
  /** @returns null when the token is unknown, used or past its end. */
  token(tokenId: string, options: CallOptions): Promise<{ readonly last4: string | null } | null>;
  create(
    order: { readonly orderId: string; readonly amountMinor: number; readonly currency: string },
    options: CallOptions & { readonly key: string },
  ): Promise<Intent>;
  /** Confirms exactly this intent. A card's no is an answer. */
  confirm(
    confirm: { readonly intentId: string; readonly token: string; readonly returnUrl: string },
    options: CallOptions & {
      readonly key: string;
      /** Milliseconds of the lease that are left; at 0 nothing may be sent. */
      readonly leftMs: () => number;
    },
  ): Promise<Confirmed>;
  retrieve(intentId: string, options: CallOptions): Promise<Intent>;
  /** Under a new key each time. Any answer but `canceled` is followed by a look-up, whose result is returned. */
  cancel(intentId: string, options: CallOptions): Promise<Intent>;
  /**
   * For an order whose intent id we do not have and whose key the provider may have forgotten.
   *
   * @param order.since by the provider's clock; older intents are not looked at
   */
  findByOrder(order: { readonly id: string; readonly since: Date }, options: CallOptions): Promise<Intent | null>;
  /** Gives money back. A clear no is an answer. */
  refund(
    refund: {
      readonly orderId: string;
      readonly refundId: string;
      readonly intentId: string;
      readonly amountMinor: number;
    },
    options: CallOptions & { readonly key: string; readonly leftMs: () => number },
  ): Promise<Refunded>;
  /** Among all refunds of the intent; null is certain: a list, unlike a search, does not lag behind. */
  findRefund(
    refund: { readonly intentId: string; readonly refundId: string },
    options: CallOptions,
  ): Promise<ProviderRefund | null>;
  retrieveRefund(id: string, options: CallOptions): Promise<ProviderRefund>;
  statement(intentId: string, options: CallOptions): Promise<Statement>;
  retrieveDispute(id: string, options: CallOptions): Promise<Dispute>;
  /** Page by page, so that a lease can be renewed between two of them. */
  list(kind: MoveKind, period: Period, options: CallOptions): AsyncIterable<readonly ProviderMove[]>;
  /** Whether the provider has a charge or a refund of this id, and has not taken it back by itself. */
  has(kind: MoveKind, id: string, options: CallOptions): Promise<boolean>;
  /** Local provider only: what the browser's payment form would have made. */
  testToken(paymentMethod: string): Promise<{ readonly token: string; readonly last4: string }>;
  /** Local provider only: what the shopper says at the bank. Nothing where the bank does not ask, or not any more. */
  testAction(intentId: string, result: 'complete' | 'fail'): Promise<void>;
}

export type Refunded =
  | { readonly kind: 'refund'; readonly refund: ProviderRefund }
  /** Nothing was sent back, and will not be under this key. */
  | { readonly kind: 'refused'; readonly reason: string };

export type Confirmed =
  | { readonly kind: 'intent'; readonly intent: Intent }
  | { readonly kind: 'declined'; readonly reason: DeclineReason }
  /** The provider replays a 5xx under this key: it will never say more. */
  | { readonly kind: 'stuck' };
