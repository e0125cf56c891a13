import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { FRAMES } from './catalogue.ts';
import { id, instant, listed } from './column.ts';

/** A guest's cart. Its id is what the signed cookie carries, so two first adds at once meet in one row. */
export const cart = pgTable('cart', {
  id: id('id').primaryKey(),
  /** The one open checkout; compare-and-set by `checkout.start`, cleared by the commit that pays or cancels it. */
  checkoutId: id('checkout_id'),
  createdAt: instant('created_at').notNull().default(sql`statement_timestamp()`),
  updatedAt: instant('updated_at').notNull().default(sql`statement_timestamp()`),
});

export const cartLine = pgTable(
  'cart_line',
  {
    cartId: id('cart_id').notNull(),
    editionId: id('edition_id').notNull(),
    number: integer('number').notNull(),
    /** Until when the copy is held for this cart; null: the hold ended. An open checkout's `hold_until` counts instead. */
    holdUntil: instant('hold_until'),
    addedAt: instant('added_at').notNull().default(sql`statement_timestamp()`),
    /** Null: unframed. */
    frame: text('frame', { enum: FRAMES }),
  },
  (t) => [
    primaryKey({ columns: [t.cartId, t.editionId, t.number] }),
    check('cart_line_frame', sql`${t.frame} in (${listed(FRAMES)})`),
    index('cart_line_hold_until').on(t.holdUntil).where(sql`${t.holdUntil} is not null`),
  ],
);

/** What a shopper is about to buy. The order that may come of it has the same id. */
export const checkout = pgTable(
  'checkout',
  {
    id: id('id').primaryKey(),
    cartId: id('cart_id').notNull(),
    state: text('state', { enum: ['open', 'ended'] })
      .notNull()
      .default('open'),
    /** Final refusals so far: the number in the next idempotency key. Raised only by the commit that stores a refusal. */
    refusals: integer('refusals').notNull().default(0),
    holdUntil: instant('hold_until').notNull(),
    holdExtensions: integer('hold_extensions').notNull().default(0),
    currency: text('currency').notNull(),
    shippingMethod: text('shipping_method', { enum: ['tracked', 'express'] })
      .notNull()
      .default('tracked'),
    /** As the shopper typed it, in capitals; whether it counts is decided by reserve. */
    promotionCode: text('promotion_code'),
    email: text('email'),
    name: text('name'),
    line1: text('line1'),
    line2: text('line2'),
    postalCode: text('postal_code'),
    city: text('city'),
    /** Province or county, where addresses have one. */
    region: text('region'),
    country: text('country'),
    createdAt: instant('created_at').notNull().default(sql`statement_timestamp()`),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('checkout_cart').on(t.cartId),
    index('checkout_hold_until').on(t.holdUntil).where(sql`${t.state} = 'open'`),
    check('checkout_state', sql`${t.state} in ('open', 'ended')`),
    check('checkout_ended', sql`(${t.state} = 'ended') = (${t.endedAt} is not null)`),
    check('checkout_refusals', sql`${t.refusals} >= 0`),
    check('checkout_extensions', sql`${t.holdExtensions} between 0 and 10`),
    check('checkout_shipping', sql`${t.shippingMethod} in ('tracked', 'express')`),
  ],
);
