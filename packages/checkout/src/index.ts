export { addressLines } from './address.ts';
export { adoptCart } from './adopt.ts';
export type { Answer, LineName, Status } from './answer.ts';
export { type Attention, countAttention } from './attention.ts';
export { type AccountAction, type Actor, type AuditAction, appendAccountAudit } from './audit.ts';
export { fullJitter } from './backoff.ts';
export {
  addToCart,
  type CartLineView,
  type CartView,
  type FrameOffer,
  framesOf,
  getCart,
  MAX_COPIES,
  type PrintLine,
  removeFromCart,
} from './cart.ts';
export {
  type CheckoutView,
  type Contact,
  extendHold,
  getCheckout,
  startCheckout,
  updateCheckout,
} from './checkout.ts';
export { claimOrders } from './claim.ts';
export { CheckoutError, type CheckoutErrorCode } from './errors.ts';
export { type Figures, readFigures } from './figures.ts';
export { endHolds } from './holds.ts';
export { applyEvent, applyEvents, type InboxOptions, keepEvent } from './inbox.ts';
export { keyOf, orderFigure, orderNumber } from './key.ts';
export {
  type AttemptView,
  getOrder,
  listOrders,
  type OrderSummary,
  type OrderView,
  type RefundView,
  readTimeline,
  type TimelineEntry,
} from './orders.ts';
export { cartOf, cartOfCheckout, type Owner } from './owner.ts';
export type { DeclineReason, Intent, Payments, ProviderRefund, Statement } from './payments/payments.ts';
export { cancelCheckout, type PayRequest, payCheckout } from './press.ts';
export { priceOf, SHIPPING, type ShippingMethod, type Totals } from './pricing.ts';
export { ERASED_EMAIL } from './privacy/customer.ts';
export { type Erased, eraseCustomer } from './privacy/erase.ts';
export { exportCustomer } from './privacy/export.ts';
export type { Promotion } from './promotions.ts';
export { cartOfReceipt, endReceiptLink } from './receipt-access.ts';
export { type ReceiptLink, type ReceiptLinks, receiptLinks } from './receipt-links.ts';
export { compareLedger, compareNextDay } from './reconcile/compare.ts';
export { askOpen } from './reconcile/open.ts';
export { type Recorded, recordDispute, recordIntent, recordRefund } from './record.ts';
export { type RefundAnswer, type RefundRequest, refundOrder, returnLateMoney } from './refund/request.ts';
export { settleRefund } from './refund/settle.ts';
export { compareRestored, type RestoreCompared } from './restore/compare-restored.ts';
export { isCompared, type Opening, opening, type Restore } from './restore/restored.ts';
export { settlePayment } from './settle.ts';
export { createShop, type Shop, type ShopOptions } from './shop.ts';
export type { ByHand, HandAnswer } from './staff/by-hand.ts';
export { parkOperation, RECORD_STATES, type RecordState, type SeenRecord, wakeOperation } from './staff/operation.ts';
export { createPromotion, endPromotion, type NewPromotion } from './staff/promotion.ts';
export { type ResolveAnswer, resolveOperation } from './staff/resolve.ts';
export { type LetterName, retryEvent, retryLetter } from './staff/retry.ts';
export { reviewOrder } from './staff/review-order.ts';
export { type DifferenceName, settleDifference } from './staff/settle-difference.ts';
export { checkoutStatus } from './status.ts';
export { tidyUp } from './tidy-up.ts';
