import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { id, instant } from './column.ts';

/** What the provider told us. A hint only: whoever applies it retrieves the object first. */
export const providerEvent = pgTable(
  'provider_event',
  {
    id: text('id').primaryKey(),
    kind: text('kind').notNull(),
    objectId: text('object_id').notNull(),
    receivedAt: instant('received_at').notNull().default(sql`statement_timestamp()`),
    appliedAt: instant('applied_at'),
    tries: integer('tries').notNull().default(0),
  },
  (t) => [index('provider_event_inbox').on(t.receivedAt).where(sql`${t.appliedAt} is null`)],
);

/** Written with the change it tells of, delivered after that commit. One of a kind per order. */
export const outbox = pgTable(
  'outbox',
  {
    orderId: id('order_id').notNull(),
    kind: text('kind', { enum: ['receipt'] }).notNull(),
    createdAt: instant('created_at').notNull().default(sql`statement_timestamp()`),
    /** Nobody sends before it: a lease while one sends, the next try while none does. */
    dueAt: instant('due_at').notNull().default(sql`statement_timestamp()`),
    tries: integer('tries').notNull().default(0),
    deliveredAt: instant('delivered_at'),
    lastError: text('last_error'),
  },
  (t) => [
    primaryKey({ columns: [t.orderId, t.kind] }),
    index('outbox_due').on(t.dueAt).where(sql`${t.deliveredAt} is null`),
    check('outbox_kind', sql`${t.kind} in ('receipt')`),
  ],
);

/** Append-only, by grants. Who did what to an order or an operation. */
export const audit = pgTable(
  'audit',
  {
    subjectId: id('subject_id').notNull(),
    id: id('id').notNull(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    detail: jsonb('detail').$type<Record<string, string | number | boolean | null>>(),
    at: instant('at').notNull().default(sql`statement_timestamp()`),
  },
  (t) => [primaryKey({ columns: [t.subjectId, t.id] })],
);
