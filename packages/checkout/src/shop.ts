import { type Db, schema, type Tx } from '@once/db';
import { createOnce, type Once, type OnceOptions } from '@once/idempotency';
import { drizzle } from '@once/idempotency/drizzle';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { endWorkflow, type Wake } from './cancel.ts';
import { keyOf } from './key.ts';
import { type PayServices, payWorkflow } from './pay.ts';
import type { Intent, Payments } from './payments/payments.ts';
import { settlePayment } from './settle.ts';
import { transact } from './transact.ts';

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
  };
  /** For failures that the next turn of a loop repeats. */
  readonly onError: (error: unknown) => void;
}

export interface ShopOptions extends Pick<OnceOptions<Tx, PayServices>, 'leaseMs' | 'waitMs' | 'observe' | 'at'> {
  readonly db: Db;
  readonly payments: Payments;
  /** Where browsers reach the shop. */
  readonly publicUrl: string;
  readonly onError?: (error: unknown) => void;
}

export function createShop({ db, payments, publicUrl, onError = () => {}, ...options }: ShopOptions): Shop {
  const once = createOnce({
    database: drizzle(db),
    services: servicesOf(db, payments),
    ...options,
  });
  const wake: Wake = async (tx, orderId, attempt) => {
    if (attempt !== null) await once.within(tx).wake('checkout.pay', { scope: orderId, key: keyOf(orderId, attempt) });
  };
  const workflows = {
    pay: payWorkflow(publicUrl),
    cancel: endWorkflow('checkout.cancel', wake),
    endHold: endWorkflow('checkout.end_hold', wake),
  };
  return { db, payments, once, workflows, onError };
}

const servicesOf = (db: Db, payments: Payments): PayServices => ({
  payments,
  holdOver: (checkoutId) => holdOver(db, checkoutId),
  note: (attempt, intent) => note(db, attempt, intent),
});

/**
 * Records what the provider says of an intent now: its own ends are settled, anything else makes the pay record due. For
 * a browser that comes back from its bank, and for webhooks: both are hints, so the intent is retrieved first.
 */
export async function recordIntent(shop: Shop, intentId: string, signal: AbortSignal): Promise<void> {
  const intent = await shop.payments.retrieve(intentId, { signal });
  await transact(shop.db, async (tx) => {
    const { openAttempt } = await settlePayment(tx, intent);
    const [money] = await tx
      .select({ openAttempt: payment.openAttempt })
      .from(payment)
      .where(and(eq(payment.orderId, intent.orderId), eq(payment.intentId, intent.id)));
    const attempt = openAttempt ?? money?.openAttempt;
    if (attempt != null) {
      await shop.once.within(tx).wake('checkout.pay', { scope: intent.orderId, key: keyOf(intent.orderId, attempt) });
    }
  });
}

async function holdOver(db: Db, checkoutId: string): Promise<boolean> {
  const [row] = await db
    .select({ over: sql<boolean>`${checkout.holdUntil} <= statement_timestamp()` })
    .from(checkout)
    .where(eq(checkout.id, checkoutId));
  return row?.over ?? true;
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
