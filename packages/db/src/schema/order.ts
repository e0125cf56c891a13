import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { FRAMES } from './catalogue.ts';
import { id, instant, listed, minor, orderNumberOf } from './column.ts';

/** Born in the first accepted reserve, with its checkout's id; frozen from then on. */
export const orders = pgTable(
  'orders',
  {
    id: id('id').primaryKey(),
    cartId: id('cart_id').notNull(),
    state: text('state', { enum: ['reserved', 'paid', 'cancelled', 'refunded', 'returned'] }).notNull(),
    /** Why a person must look at it; null: nobody must. A flag beside the state, not a state. */
    reviewReason: text('review_reason'),
    subtotalMinor: minor('subtotal_minor').notNull(),
    discountMinor: minor('discount_minor').notNull().default(0),
    shippingMinor: minor('shipping_minor').notNull(),
    /** VAT that `totalMinor` includes. */
    taxMinor: minor('tax_minor').notNull(),
    totalMinor: minor('total_minor').notNull(),
    currency: text('currency').notNull(),
    shippingMethod: text('shipping_method', { enum: ['tracked', 'express'] }).notNull(),
    /** What the discount is for. */
    promotionCode: text('promotion_code'),
    email: text('email').notNull(),
    name: text('name').notNull(),
    line1: text('line1').notNull(),
    line2: text('line2'),
    postalCode: text('postal_code').notNull(),
    city: text('city').notNull(),
    region: text('region'),
    country: text('country').notNull(),
    /** Links to its receipt that were ended: the one that is signed over this number is good. */
    receiptLinksEnded: integer('receipt_links_ended').notNull().default(0),
    createdAt: instant('created_at').notNull().default(sql`statement_timestamp()`),
    paidAt: instant('paid_at'),
    cancelledAt: instant('cancelled_at'),
  },
  (t) => [
    index('orders_cart').on(t.cartId),
    // For staff who look for an order by what the customer tells them.
    index('orders_number').on(sql`${orderNumberOf(t.id)}`),
    index('orders_email').on(sql`lower(${t.email})`),
    index('orders_review').on(t.reviewReason).where(sql`${t.reviewReason} is not null`),
    check('orders_state', sql`${t.state} in ('reserved', 'paid', 'cancelled', 'refunded', 'returned')`),
    check('orders_paid_at', sql`(${t.state} in ('paid', 'refunded', 'returned')) = (${t.paidAt} is not null)`),
    check(
      'orders_total',
      sql`${t.totalMinor} = ${t.subtotalMinor} - ${t.discountMinor} + ${t.shippingMinor} and ${t.totalMinor} > 0`,
    ),
    check('orders_discount', sql`${t.discountMinor} between 0 and ${t.subtotalMinor}`),
    check('orders_promotion', sql`${t.discountMinor} = 0 or ${t.promotionCode} is not null`),
    check('orders_tax', sql`${t.taxMinor} between 0 and ${t.totalMinor}`),
    check('orders_currency', sql`${t.currency} ~ '^[A-Z]{3}$'`),
  ],
);

export const orderLine = pgTable(
  'order_line',
  {
    orderId: id('order_id').notNull(),
    line: integer('line').notNull(),
    editionId: id('edition_id').notNull(),
    number: integer('number').notNull(),
    slug: text('slug').notNull(),
    title: text('title').notNull(),
    editionCopies: integer('edition_copies').notNull(),
    /** What was agreed for the copy, its frame included. */
    priceMinor: minor('price_minor').notNull(),
    /** Null: unframed. */
    frame: text('frame', { enum: FRAMES }),
    /** What of `priceMinor` is the frame. */
    framingMinor: minor('framing_minor').notNull().default(0),
    /** Set when a refund made the certificate void. */
    certificateVoidAt: instant('certificate_void_at'),
  },
  (t) => [
    primaryKey({ columns: [t.orderId, t.line] }),
    check('order_line_price', sql`${t.priceMinor} > 0`),
    check('order_line_frame', sql`${t.frame} in (${listed(FRAMES)})`),
    check(
      'order_line_framing',
      sql`(${t.frame} is null) = (${t.framingMinor} = 0) and ${t.framingMinor} >= 0
        and (${t.frame} is null or ${t.framingMinor} < ${t.priceMinor})`,
    ),
  ],
);

/** An order's money. `intentId` is written once, for life. */
export const payment = pgTable(
  'payment',
  {
    orderId: id('order_id').primaryKey(),
    state: text('state', { enum: ['new', 'requires_action', 'processing', 'succeeded', 'canceled'] })
      .notNull()
      .default('new'),
    intentId: text('intent_id'),
    /** The attempt that may charge now; null: none. */
    openAttempt: integer('open_attempt'),
    /** The bank's page, while it wants to see the shopper. */
    redirectUrl: text('redirect_url'),
    capturedMinor: minor('captured_minor').notNull().default(0),
    refundedMinor: minor('refunded_minor').notNull().default(0),
    /** Reserved by refunds that are on their way. */
    refundPendingMinor: minor('refund_pending_minor').notNull().default(0),
    currency: text('currency').notNull(),
    /** The cardholder's bank asks for the money back; `lost`: it has it. Null: never. Both keep refunds from being sent. */
    dispute: text('dispute', { enum: ['open', 'closed', 'lost'] }),
    /** When the provider is asked about it next, if nobody has settled it by then. Null: nothing is open. */
    askAt: instant('ask_at'),
  },
  (t) => [
    index('payment_intent').on(t.intentId),
    index('payment_ask').on(t.askAt).where(sql`${t.askAt} is not null`),
    check('payment_dispute', sql`${t.dispute} in ('open', 'closed', 'lost')`),
    check('payment_state', sql`${t.state} in ('new', 'requires_action', 'processing', 'succeeded', 'canceled')`),
    check(
      'payment_refunds',
      sql`${t.refundedMinor} >= 0 and ${t.refundPendingMinor} >= 0 and ${t.capturedMinor} >= ${t.refundedMinor} + ${t.refundPendingMinor}`,
    ),
  ],
);

/** One press of Pay that may charge. Its number is the checkout's `refusals` at that time. */
export const paymentAttempt = pgTable(
  'payment_attempt',
  {
    orderId: id('order_id').notNull(),
    attempt: integer('attempt').notNull(),
    state: text('state', { enum: ['open', 'paid', 'declined', 'cancelled'] })
      .notNull()
      .default('open'),
    confirmationToken: text('confirmation_token').notNull(),
    last4: text('last4'),
    reason: text('reason'),
    /** The first answer was lost; the intent was looked up. */
    recovered: boolean('recovered').notNull().default(false),
    /** Presses that came again and were answered without anything being sent. */
    replays: integer('replays').notNull().default(0),
    openedAt: instant('opened_at').notNull().default(sql`statement_timestamp()`),
    endedAt: instant('ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.orderId, t.attempt] }),
    check('payment_attempt_state', sql`${t.state} in ('open', 'paid', 'declined', 'cancelled')`),
    check('payment_attempt_ended', sql`(${t.state} = 'open') = (${t.endedAt} is null)`),
  ],
);
