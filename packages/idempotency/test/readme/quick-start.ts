import { createOnce, reject } from '@once/idempotency';
import { migrate } from '@once/idempotency/migrate';
import { guarded, postgresJs } from '@once/idempotency/postgres-js';
import postgres from 'postgres';

export const sql = guarded(postgres(process.env['DATABASE_URL'] ?? ''));
const database = postgresJs(sql);
await migrate(database); // at deploy; safe in any number of processes at once
const once = createOnce({ database });

export async function createOrder(userId: string, key: string, input: { sku: string; quantity: number }) {
  const order = await once.transaction({ operation: 'order.create', scope: userId, key, input }, async (tx) => {
    const [left] = await tx`update stock set available = available - ${input.quantity}
      where sku = ${input.sku} and available >= ${input.quantity} returning available`;
    if (!left) return reject('sold_out'); // stored: a retry gets the same no
    const [row] = await tx<
      { id: string }[]
    >`insert into sale (owner, sku) values (${userId}, ${input.sku}) returning id`;
    return { saleId: row?.id ?? '' }; // stored in the same commit as the rows
  }); // a throw undoes everything and keeps nothing: the same key may try again

  if (order.status === 'rejected') return { error: order.reason }; // 'sold_out'
  return { saleId: order.value.saleId, again: order.replayed }; // typed, and equal on every retry
}
