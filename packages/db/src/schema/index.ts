export {
  accountCart,
  authAccount,
  authRateLimit,
  authSession,
  authUser,
  authVerification,
  orderClaim,
} from './account.ts';
export { cart, cartLine, checkout } from './cart.ts';
export { copy, edition, FRAMES, type Frame, framing } from './catalogue.ts';
export { figure } from './figures.ts';
export { rateLimit } from './limits.ts';
export { ledgerComparison, ledgerDifference, ledgerPosting, promotion, promotionUse, refund } from './money.ts';
export { orderLine, orders, payment, paymentAttempt } from './order.ts';
export { audit, outbox, providerEvent } from './outside.ts';
