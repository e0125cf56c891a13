import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { id, instant, listed } from './column.ts';

/** What the provider told us. A hint only: whoever applies it retrieves the object first. */
export const providerEvent = pgTable(
  'provider_event',
  {
    id: text('id').primaryKey(),
    kind: text('kind').notNull(),
    objectId: text('object_id').notNull(),
    receivedAt: instant('received_at').notNull().default(sql`statement_timestamp()`),
    /** Nobody applies it before: a lease while one does, the next try while none does. */
    dueAt: instant('due_at').notNull().default(sql`statement_timestamp()`),
    appliedAt: instant('applied_at'),
    tries: integer('tries').notNull().default(0),
    lastError: text('last_error'),
    /** Tried too often: a person must look. */
    parkedAt: instant('parked_at'),
  },
  (t) => [
    index('provider_event_inbox').on(t.dueAt).where(sql`${t.appliedAt} is null and ${t.parkedAt} is null`),
    index('provider_event_parked').on(t.parkedAt).where(sql`${t.parkedAt} is not null and ${t.appliedAt} is null`),
    index('provider_event_received').on(t.receivedAt),
  ],
);

const MAILS = ['receipt', 'refund_notice', 'confirm_email', 'reset_password', 'has_account'] as const;

/** Written with the change it tells of, delivered after that commit. */
export const outbox = pgTable(
  'outbox',
  {
    /** The order that it is about, or the account (`auth_user.id`). */
    orderId: id('order_id').notNull(),
    kind: text('kind', { enum: MAILS }).notNull(),
    /** Which refund, or which request for a link; the nil UUID in a mail about the order as a whole. One mail of a kind for each. */
    subjectId: id('subject_id').notNull().default('00000000-0000-0000-0000-000000000000'),
    createdAt: instant('created_at').notNull().default(sql`statement_timestamp()`),
    /** Nobody sends before it: a lease while one sends, the next try while none does. */
    dueAt: instant('due_at').notNull().default(sql`statement_timestamp()`),
    tries: integer('tries').notNull().default(0),
    deliveredAt: instant('delivered_at'),
    lastError: text('last_error'),
    /** A dead letter: tried too often, kept for a person. */
    deadAt: instant('dead_at'),
    /** What a mail about an account is sent for. Taken away when it was sent: whoever has it can open the account. */
    link: text('link'),
  },
  (t) => [
    primaryKey({ columns: [t.orderId, t.kind, t.subjectId] }),
    index('outbox_due').on(t.dueAt).where(sql`${t.deliveredAt} is null and ${t.deadAt} is null`),
    index('outbox_dead').on(t.deadAt).where(sql`${t.deadAt} is not null and ${t.deliveredAt} is null`),
    check('outbox_kind', sql`${t.kind} in (${listed(MAILS)})`),
  ],
);

/** Append-only, by grants. Who did what to an order or an operation. */
export const audit = pgTable(
  'audit',
  {
    /** The order; the nil UUID where it is about none. */
    subjectId: id('subject_id').notNull(),
    id: id('id').notNull(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    /** The shopper's attempt to pay that it belongs to. */
    attempt: integer('attempt'),
    detail: jsonb('detail').$type<Record<string, string | number | boolean | null>>(),
    at: instant('at').notNull().default(sql`statement_timestamp()`),
  },
  (t) => [
    primaryKey({ columns: [t.subjectId, t.id] }),
    // What people did, among millions of rows that processes wrote.
    index('audit_staff').on(t.at).where(sql`${t.actor} like 'staff:%'`),
  ],
);
