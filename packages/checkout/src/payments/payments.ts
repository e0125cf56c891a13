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
  /** For an order whose intent id we do not have and whose key the provider may have forgotten. */
  findByOrder(orderId: string, options: CallOptions): Promise<Intent | null>;
  /** Local provider only: what the browser's payment form would have made. */
  testToken(paymentMethod: string): Promise<{ readonly token: string; readonly last4: string }>;
}

export type Confirmed =
  | { readonly kind: 'intent'; readonly intent: Intent }
  | { readonly kind: 'declined'; readonly reason: DeclineReason }
  /** The provider replays a 5xx under this key: it will never say more. */
  | { readonly kind: 'stuck' };
