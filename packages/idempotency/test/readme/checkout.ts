import {
  absent,
  answered,
  createOnce,
  declined,
  reject,
  type TransactionOf,
  unknown,
  waiting,
  workflow,
} from '@once/idempotency';
import { drizzle as drizzleAdapter } from '@once/idempotency/drizzle';
import { guarded } from '@once/idempotency/postgres-js';
import { createWorker } from '@once/idempotency/worker';
import { and, eq, gt, sql } from 'drizzle-orm';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { z } from 'zod';

const prints = pgTable('print', { id: text().primaryKey(), cents: integer().notNull(), left: integer().notNull() });
const orders = pgTable('print_order', { id: text().primaryKey(), intent: text(), state: text().notNull() });

export const client = guarded(postgres(process.env['DATABASE_URL'] ?? ''));
export const database = drizzleAdapter(drizzle(client));

interface Intent {
  id: string;
  status: 'succeeded' | 'declined' | 'processing' | 'requires_confirmation' | 'unheard_of';
}
export interface Payments {
  open(cents: number, options: { key: string; signal: AbortSignal }): Promise<Intent>;
  confirm(intent: string, options: { key: string; signal: AbortSignal }): Promise<Intent>;
  find(intent: string, options: { signal: AbortSignal }): Promise<Intent>;
}
type Shop = { tx: TransactionOf<typeof database>; services: { payments: Payments } };

export const placeOrder = workflow<Shop>('checkout.place')
  .input(z.object({ orderId: z.string(), printId: z.string() }))

  .transaction('reserve', async (tx, { input }) => {
    const [print] = await tx
      .update(prints)
      .set({ left: sql`${prints.left} - 1` })
      .where(and(eq(prints.id, input.printId), gt(prints.left, 0)))
      .returning();
    if (!print) return reject('sold_out'); // ends here: one commit, nothing sent
    await tx.insert(orders).values({ id: input.orderId, state: 'reserved' });
    return { cents: print.cents };
  })

  .call('open', {
    send: async ({ services, key, signal }, { reserve }) =>
      answered(await services.payments.open(reserve.cents, { key, signal })),
  })
  .transaction('remember', async (tx, { input, open }) => {
    await tx.update(orders).set({ intent: open.value.id }).where(eq(orders.id, input.orderId));
    return { intent: open.value.id }; // kept before any money moves
  })

  .call('confirm', {
    send: async ({ services, key, signal }, { remember }) =>
      meaningOf(await services.payments.confirm(remember.intent, { key, signal })),
    lookup: async ({ services, signal }, { remember }) =>
      meaningOf(await services.payments.find(remember.intent, { signal })),
    resendWithinMs: 23 * 3_600_000, // the provider forgets keys after 24 hours
  })
  .transaction('settle', async (tx, { input, confirm }) => {
    if (confirm.status === 'declined') {
      // the compiler asks for this before it shows .value
      await tx
        .update(prints)
        .set({ left: sql`${prints.left} + 1` })
        .where(eq(prints.id, input.printId));
      await tx.update(orders).set({ state: 'declined' }).where(eq(orders.id, input.orderId));
      return reject('card_declined');
    }
    await tx.update(orders).set({ state: 'paid' }).where(eq(orders.id, input.orderId));
    return { orderId: input.orderId }; // the outcome
  });

function meaningOf(intent: Intent) {
  switch (intent.status) {
    case 'succeeded':
      return answered({ intent: intent.id });
    case 'declined':
      return declined('card_declined');
    case 'processing':
      return waiting({ tellCustomer: 'your bank is thinking' }, 60_000);
    case 'requires_confirmation':
      return absent; // certainly has not happened
    default:
      return unknown(`status ${intent.status}`); // never treated as a failure
  }
}

export function shop(payments: Payments) {
  const once = createOnce({ database, services: { payments } });
  return {
    pay: (orderId: string, printId: string, key: string) =>
      once.run(placeOrder, { scope: orderId, key, input: { orderId, printId } }), // in the web process
    worker: createWorker(once, [placeOrder]), // in another: worker.start(), or worker.runOnce() from a cron route
  };
}
