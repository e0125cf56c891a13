import { type Db, schema, type Tx } from '@once/db';
import { createOnce, type Once, type OnceOptions } from '@once/idempotency';
import { drizzle } from '@once/idempotency/drizzle';
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Actor } from './audit.ts';
import { endWorkflow, type Wake } from './cancel.ts';
import { keyOf } from './key.ts';
import { findIntent } from './lost-intent.ts';
import { KEY_LIFETIME_MS, type PayServices, payWorkflow } from './pay.ts';
import type { Intent, Payments } from './payments/payments.ts';
import { refundWorkflow } from './refund/workflow.ts';

const { checkout, payment } = schema;

/** What web and worker share: the database, the provider, and the operations on both. */
export interface Shop {
  readonly db: Db;
  readonly payments: Payments;
  readonly once: Once<Tx, PayServices>;
  readonly workflows: {
    readonly pay: ReturnType<typeof payWorkflow>;
    readonly cancel: ReturnType<typeof endWorkflow>;
    readonly endHold: ReturnType<typeof endWorkflow>;
    readonly refund: ReturnType<typeof refundWorkflow>;
  };
  /** For failures that the next turn of a loop repeats. */
  readonly onError: (error: unknown) => void;
}

export interface ShopOptions
  extends Pick<OnceOptions<Tx, PayServices>, 'leaseMs' | 'waitMs' | 'observe' | 'span' | 'at' | 'encryption'> {
  readonly db: Db;
  readonly payments: Payments;
  /** Where browsers reach the shop. */
  readonly publicUrl: string;
  /** Whose process this is, for the audit. */
  readonly actor?: Actor;
  readonly onError?: (error: unknown) => void;
}

export function createShop(given: ShopOptions): Shop {
  const { db, payments, publicUrl, actor = 'web', onError = () => {}, ...options } = given;
  const once = createOnce({
    database: drizzle(db),
    services: servicesOf(db, payments),
    ...options,
  });
  const wake: Wake = async (tx, orderId, attempt) => {
    if (attempt !== null) await once.within(tx).wake('checkout.pay', { scope: orderId, key: keyOf(orderId, attempt) });
  };
  const workflows = {
    pay: payWorkflow(publicUrl, actor),
    cancel: endWorkflow('checkout.cancel', wake),
    endHold: endWorkflow('checkout.end_hold', wake),
    refund: refundWorkflow(actor),
  };
  return { db, payments, once, workflows, onError };
}

const servicesOf = (db: Db, payments: Payments): PayServices => ({
  payments,
  holdOver: (checkoutId) => holdOver(db, checkoutId),
  keysGone: (checkoutId) => keysGone(db, checkoutId),
  findIntent: (orderId, options) => findIntent({ db, payments }, orderId, options),
  note: (attempt, intent) => note(db, attempt, intent),
});

async function holdOver(db: Db, checkoutId: string): Promise<boolean> {
  const [row] = await db
    .select({ over: sql<boolean>`${checkout.holdUntil} <= statement_timestamp()` })
    .from(checkout)
    .where(eq(checkout.id, checkoutId));
  return row?.over ?? true;
}

async function keysGone(db: Db, checkoutId: string): Promise<boolean> {
  const [row] = await db
    .select({
      gone: sql<boolean>`${checkout.createdAt} <= statement_timestamp() - ${KEY_LIFETIME_MS}::text::bigint * interval '1 millisecond'`,
    })
    .from(checkout)
    .where(eq(checkout.id, checkoutId));
  return row?.gone ?? true;
}

async function note(db: Db, { orderId, attempt }: { orderId: string; attempt: number }, intent: Intent): Promise<void> {
  if (intent.status !== 'requires_action' && intent.status !== 'processing') return;
  await db
    .update(payment)
    .set({ state: intent.status, redirectUrl: intent.redirectUrl })
    .where(
      and(
        eq(payment.orderId, orderId),
        eq(payment.openAttempt, attempt),
        inArray(payment.state, ['new', 'requires_action', 'processing']),
      ),
    );
}
