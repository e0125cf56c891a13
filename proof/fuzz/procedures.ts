import { CONTACT } from './errand.ts';

/** What the fuzz knows of the shop while it runs. */
export interface Known {
  readonly checkoutId: string;
  readonly slug: string;
}

/** Each procedure of the API with an input that it takes; what is not in it has none. `query`s are asked with GET. */
export const procedures = ({ checkoutId, slug }: Known): Readonly<Record<string, { query?: true; input?: object }>> => {
  const hand = { requestId: checkoutId, reason: 'because' };
  const seen = { ...hand, recordId: checkoutId, fence: 1, state: 'waiting' };
  const ofCheckout = { checkoutId };
  return {
    'account.sessions': { query: true },
    'account.signOut': { input: { sessionId: checkoutId } },
    'account.signOutEverywhere': {},
    'admin.statement': { query: true, input: { orderId: checkoutId } },
    'admin.refund': {
      input: {
        orderId: checkoutId,
        refundId: checkoutId,
        amountMinor: 1,
        lines: [0],
        refundedMinor: 0,
        reason: 'because',
      },
    },
    'admin.reviewOrder': { input: { ...hand, orderId: checkoutId, reviewReason: 'unknown' } },
    'admin.wake': { input: seen },
    'admin.park': { input: seen },
    'admin.resolve': { input: { ...seen, by: 'provider' } },
    'admin.retryEvent': { input: { ...hand, eventId: 'evt_1' } },
    'admin.retryLetter': { input: { ...hand, orderId: checkoutId, subjectId: checkoutId, kind: 'receipt' } },
    'admin.settleDifference': { input: { ...hand, providerObjectId: 'ch_1', kind: 'amount' } },
    'admin.createPromotion': { input: { ...hand, code: 'SPRING', percentOff: 10, uses: 5, endsAt: null } },
    'admin.endPromotion': { input: { ...hand, code: 'SPRING' } },
    'catalog.list': { query: true },
    'catalog.get': { query: true, input: { slug } },
    'cart.get': { query: true },
    'cart.add': { input: { slug, number: 3, second: true } },
    'cart.remove': { input: { slug, number: 3 } },
    'checkout.start': {},
    'checkout.get': { query: true, input: ofCheckout },
    'checkout.update': {
      input: { ...ofCheckout, contact: CONTACT, shippingMethod: 'tracked', promotionCode: 'SPRING' },
    },
    'checkout.extendHold': { input: ofCheckout },
    'checkout.cancel': { input: ofCheckout },
    'checkout.testAction': { input: { ...ofCheckout, result: 'complete' } },
    'checkout.testToken': { input: { ...ofCheckout, card: 'pays' } },
    'checkout.pay': {
      input: {
        ...ofCheckout,
        idempotencyKey: `${checkoutId}.0`,
        confirmationToken: 'ctoken_1',
        expectedTotalMinor: 100,
      },
    },
    'checkout.status': { query: true, input: ofCheckout },
    'orders.endLink': { input: { orderId: checkoutId, linksEnded: 0 } },
    'orders.receipt': { query: true, input: { link: `${checkoutId}.0.${'a'.repeat(43)}` } },
    'orders.get': { query: true, input: { orderId: checkoutId } },
    'orders.list': { query: true },
    'lab.start': { input: { id: checkoutId, scenario: 'no_fault' } },
    'lab.get': { query: true, input: { id: checkoutId } },
    'lab.sync': { input: { id: checkoutId, entries: [], done: true } },
  };
};
