import { sql } from 'drizzle-orm';
import { check, date, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
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
    /** `refund_reversal`: a refund that the provider could not pay out after all. */
    kind: text('kind', { enum: ['charge', 'refund', 'refund_reversal'] }).notNull(),
    debit: text('debit').notNull(),
    credit: text('credit').notNull(),
    amountMinor: minor('amount_minor').notNull(),
    currency: text('currency').notNull(),
    postedAt: instant('posted_at').notNull().default(sql`statement_timestamp()`),
  },
  (t) => [
    primaryKey({ columns: [t.orderId, t.providerObjectId, t.kind] }),
    index('ledger_posting_provider').on(t.providerObjectId),
    check('ledger_posting_kind', sql`${t.kind} in ('charge', 'refund', 'refund_reversal')`),
    check('ledger_posting_amount', sql`${t.amountMinor} > 0 and ${t.debit} <> ${t.credit}`),
  ],
);

/** One request to give money back. Its id is its idempotency key, and `metadata.refund_id` at the provider. */
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
    actor: text('actor').notNull(),
    /** Lines of the order whose copies go back on sale when the money has gone back. */
    lines: integer('lines').array().notNull().default(sql`'{}'::integer[]`),
    /** Why it failed, in the provider's word. */
    failure: text('failure'),
    /** When the provider is asked about it next. Null: it has ended, or was not sent yet. */
    askAt: instant('ask_at'),
    createdAt: instant('created_at').notNull().default(sql`statement_timestamp()`),
    endedAt: instant('ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.orderId, t.id] }),
    index('refund_provider').on(t.providerRefundId),
    index('refund_ask').on(t.askAt).where(sql`${t.askAt} is not null`),
    check('refund_ended', sql`(${t.state} = 'pending') = (${t.endedAt} is null)`),
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

/** What our ledger and the provider do not agree on. Found by the daily comparison; a person, or a later settle, resolves it. */
export const ledgerDifference = pgTable(
  'ledger_difference',
  {
    providerObjectId: text('provider_object_id').notNull(),
    kind: text('kind', { enum: ['missing_here', 'missing_there', 'amount_differs', 'second_charge'] }).notNull(),
    /** As the object's metadata says; null: it says nothing. */
    orderId: id('order_id'),
    oursMinor: minor('ours_minor'),
    theirsMinor: minor('theirs_minor'),
    currency: text('currency').notNull(),
    foundAt: instant('found_at').notNull().default(sql`statement_timestamp()`),
    resolvedAt: instant('resolved_at'),
    /** Who has settled it by hand, and why; null: it was put right by itself. */
    resolvedBy: text('resolved_by'),
    resolution: text('resolution'),
  },
  (t) => [
    primaryKey({ columns: [t.providerObjectId, t.kind] }),
    check('ledger_difference_resolution', sql`(${t.resolvedBy} is null) = (${t.resolution} is null)`),
    check(
      'ledger_difference_kind',
      sql`${t.kind} in ('missing_here', 'missing_there', 'amount_differs', 'second_charge')`,
    ),
  ],
);

/** One comparison of ledger and provider: of everything that was made on this day, UTC. */
export const ledgerComparison = pgTable('ledger_comparison', {
  day: date('day', { mode: 'string' }).primaryKey(),
  /** Nobody else compares this day before it: a lease. */
  dueAt: instant('due_at').notNull(),
  finishedAt: instant('finished_at'),
  compared: integer('compared').notNull().default(0),
  differences: integer('differences').notNull().default(0),
});
