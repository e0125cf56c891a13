/** Every refusal that is not an answer of `pay`: the caller asked for something that cannot be done as asked. */
export type CheckoutErrorCode =
  /** No such cart, edition, copy, checkout or order, or it belongs to somebody else: the two look alike. */
  | 'NOT_FOUND'
  /** Five copies are in the cart already. */
  | 'CART_FULL'
  | 'CART_EMPTY'
  /** This number belongs to somebody. */
  | 'COPY_SOLD'
  /** Somebody else holds this number just now. */
  | 'COPY_HELD'
  /** All copies of the edition are sold. */
  | 'SOLD_OUT'
  /** No copy is free now, but some are only held. */
  | 'ALL_HELD'
  /** The edition is not offered in this frame. */
  | 'FRAME_NOT_OFFERED'
  /** A payment has begun: cart and checkout are frozen until it is cancelled. */
  | 'PAYMENT_OPEN'
  /** The checkout has ended: it is paid or cancelled. */
  | 'CHECKOUT_ENDED'
  /** Contact or address is missing. */
  | 'CHECKOUT_INCOMPLETE'
  /** The hold was extended ten times already. */
  | 'NO_EXTENSION_LEFT'
  /** No such promotion code, or it has ended or is used up. */
  | 'PROMOTION_INVALID'
  /** A copy of this edition was paid for in the last ten minutes: a second one must be meant. `copies` are the ones bought. */
  | 'BOUGHT_JUST_NOW'
  /** A refund of a payment that is still under way: whether there is money to give back is not known yet. */
  | 'PAYMENT_UNKNOWN'
  /** A refund of an order that nobody has paid. */
  | 'NOT_PAID'
  /** A refund while the cardholder's bank disputes the charge, or has taken the money back already. */
  | 'DISPUTED'
  /** A refund of nothing, or of a copy that is not in the order or was given back before. */
  | 'REFUND_INVALID'
  /** The flag of an order goes away by itself, once what raised it is over. */
  | 'REVIEW_OPEN'
  /** A customer who asks to be forgotten while a payment, refund, dispute or review of theirs is open. */
  | 'ERASE_OPEN'
  /** Not `<checkout id>.<number>`. */
  | 'KEY_MALFORMED'
  /** The key was used with another card or total; nothing was sent. */
  | 'KEY_REUSED'
  /** Database or provider cannot be reached; the same request may be sent again. */
  | 'UNAVAILABLE';

export class CheckoutError extends Error {
  override readonly name = 'CheckoutError';
  readonly code: CheckoutErrorCode;
  /** What a page needs to say more: the copies concerned. */
  readonly copies: readonly { readonly slug: string; readonly number: number }[];
  /** The order that it is about, where it is not the one that was asked for. */
  readonly orderId: string | undefined;

  constructor(
    code: CheckoutErrorCode,
    message: string,
    facts: { copies?: readonly { slug: string; number: number }[]; orderId?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: facts.cause });
    this.code = code;
    this.copies = facts.copies ?? [];
    this.orderId = facts.orderId;
  }
}
