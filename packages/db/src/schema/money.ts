import { sql } from 'drizzle-orm';
import { check, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { id, instant, minor } from './column.ts';

/**
 * Append-only, by grants (src/grants.ts). One row moves `amountMinor` from one account to another, so every row
 * balances by itself. The key makes the second posting of one provider object impossible.
 */
export const ledgerPosting = pgTable(
  'ledger_posting',
  {
    orderId: id('order_id').notNull(),
    /** The charge or refund at the provider. */
    providerObjectId: text('provider_object_id').notNull(),
    kind: text('kind', { enum: ['charge', 'refund'] }).notNull(),
    debit: text('debit').notNull(),
    credit: text('credit').notNull(),
    amountMinor: minor('amount_minor').notNull(),
    currency: text('currency').notNull(),
    postedAt: instant('posted_at').notNull().default(sql`statement_timestamp()`),
  },
  (t) => [
    primaryKey({ columns: [t.orderId, t.providerObjectId, t.kind] }),
    check('ledger_posting_kind', sql`${t.kind} in ('charge', 'refund')`),
    check('ledger_posting_amount', sql`${t.amountMinor} > 0 and ${t.debit} <> ${t.credit}`),
  ],
);

export const refund = pgTable(
  'refund',
  {
    orderId: id('order_id').notNull(),
    id: id('id').notNull(),
    state: text('state', { enum: ['pending', 'succeeded', 'failed'] })
      .notNull()
      .default('pending'),
    amountMinor: minor('amount_minor').notNull(),
    currency: text('currency').notNull(),
    providerRefundId: text('provider_refund_id'),
    reason: text('reason').notNull(),
    createdAt: instant('created_at').notNull().default(sql`statement_timestamp()`),
    endedAt: instant('ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.orderId, t.id] }),
    check('refund_state', sql`${t.state} in ('pending', 'succeeded', 'failed')`),
    check('refund_amount', sql`${t.amountMinor} > 0`),
  ],
);

export const promotion = pgTable(
  'promotion',
  {
    code: text('code').primaryKey(),
    percentOff: integer('percent_off').notNull(),
    usesLeft: integer('uses_left').notNull(),
    endsAt: instant('ends_at'),
  },
  (t) => [
    check('promotion_percent', sql`${t.percentOff} between 1 and 100`),
    check('promotion_uses', sql`${t.usesLeft} >= 0`),
  ],
);

export const promotionUse = pgTable(
  'promotion_use',
  {
    code: text('code').notNull(),
    orderId: id('order_id').notNull(),
    usedAt: instant('used_at').notNull().default(sql`statement_timestamp()`),
  },
  (t) => [primaryKey({ columns: [t.code, t.orderId] })],
);
