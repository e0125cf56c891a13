export type { Answer, LineName, Status } from './answer.ts';
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
export { CheckoutError, type CheckoutErrorCode } from './errors.ts';
export { endHolds } from './holds.ts';
export { keyOf, orderNumber } from './key.ts';
export { type AttemptView, getOrder, listOrders, type OrderSummary, type OrderView } from './orders.ts';
export type { DeclineReason, Intent, Payments } from './payments/payments.ts';
export { cancelCheckout, type PayRequest, payCheckout } from './press.ts';
export { priceOf, SHIPPING, type ShippingMethod, type Totals } from './pricing.ts';
export { settlePayment } from './settle.ts';
export { createShop, recordIntent, type Shop, type ShopOptions } from './shop.ts';
export { checkoutStatus } from './status.ts';
