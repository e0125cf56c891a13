import { type Db, schema } from '@once/db';
import { eq } from 'drizzle-orm';
import type { CallOptions, Intent, Payments } from './payments/payments.ts';

const { checkout } = schema;

/** The database's clock may be ahead of the provider's by so much. */
const CLOCKS_APART_MS = 300_000;

/**
 * The intent of an order that has none here: among all that the provider has made since the checkout began. By the database's
 * clock, whatever the clock said of the machine that made the order's id.
 *
 * @returns null: there is none, at the provider either
 */
export async function findIntent(
  { db, payments }: { readonly db: Db; readonly payments: Payments },
  orderId: string,
  options: CallOptions,
): Promise<Intent | null> {
  const [row] = await db.select({ createdAt: checkout.createdAt }).from(checkout).where(eq(checkout.id, orderId));
  const since = new Date(row ? row.createdAt.getTime() - CLOCKS_APART_MS : 0);
  return await payments.findByOrder({ id: orderId, since }, options);
}
