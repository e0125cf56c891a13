export { adoptCart } from './adopt.ts';
export type { Answer, LineName, Status } from './answer.ts';
export { type Attention, countAttention } from './attention.ts';
export { type AccountAction, type Actor, appendAccountAudit } from './audit.ts';
export { fullJitter } from './backoff.ts';
export {
  addToCart,
  type CartLineView,
  type CartView,
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
export { endHolds } from './holds.ts';
export { applyEvent, applyEvents, type InboxOptions, keepEvent } from './inbox.ts';
export { keyOf, orderNumber } from './key.ts';
export {
  type AttemptView,
  getOrder,
  listOrders,
  type OrderSummary,
  type OrderView,
  type RefundView,
  type TimelineEntry,
} from './orders.ts';
export { cartOf, cartOfCheckout, type Owner } from './owner.ts';
export type { DeclineReason, Intent, Payments, ProviderRefund } from './payments/payments.ts';
export { cancelCheckout, type PayRequest, payCheckout } from './press.ts';
export { priceOf, SHIPPING, type ShippingMethod, type Totals } from './pricing.ts';
export type { Promotion } from './promotions.ts';
export { compareLedger, compareNextDay } from './reconcile/compare.ts';
export { askOpen } from './reconcile/open.ts';
export { type Recorded, recordDispute, recordIntent, recordRefund } from './record.ts';
export { type RefundAnswer, type RefundRequest, refundOrder, returnLateMoney } from './refund/request.ts';
export { settleRefund } from './refund/settle.ts';
export { settlePayment } from './settle.ts';
export { createShop, type Shop, type ShopOptions } from './shop.ts';
export { checkoutStatus } from './status.ts';
export { tidyUp } from './tidy-up.ts';
