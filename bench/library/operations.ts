import { answered, workflow } from '@once/idempotency';
import type { TransactionSql } from 'postgres';
import { uuidv7 } from 'uuidv7';
import type { Pool } from './lab.ts';

/** About as long as an order's. */
export const OUTCOME = { orderId: '0192f0c1-7a3e-7000-8000-5d1f0c9a2b44', total: { minor: 15_200, currency: 'EUR' } };

interface App {
  readonly tx: TransactionSql;
  readonly services: object;
}

/** The cheapest work that there is, so that what comes on top weighs the most. */
export const sell = (tx: TransactionSql) =>
  tx`insert into sale (id, owner, total_minor) values (${uuidv7()}, 'u1', 15200)`;
export const acknowledge = (tx: TransactionSql) =>
  tx`insert into receipt (id, owner, total_minor) values (${uuidv7()}, 'u1', 15200)`;

export const bareTransaction = async ({ bare }: Pool): Promise<unknown> => await bare.begin(sell);

export const twoBareTransactions = async ({ bare }: Pool): Promise<void> => {
  await bare.begin(sell);
  await bare.begin(acknowledge);
};

/** @param key a new one: the first run; a known one with `replayHint`: a retry. */
export const transaction = async (
  { once }: Pool,
  key = uuidv7(),
  more: { readonly replayHint?: boolean; readonly waitMs?: number } = {},
) =>
  await once.transaction(
    { operation: 'order.place', scope: 'user:1', key, ...more, input: { sku: 'lee-shore', quantity: 1 } },
    async (tx) => {
      await sell(tx);
      return OUTCOME;
    },
  );

/** Two transactions and, between them, a call whose other side takes no time. */
const payment = workflow<App>('order.pay')
  .transaction('reserve', async (tx) => {
    await sell(tx);
    return { orderId: OUTCOME.orderId };
  })
  .call('charge', { send: async ({ key }) => answered({ key }) })
  .transaction('settle', async (tx) => {
    await acknowledge(tx);
    return OUTCOME;
  });

export const workflowWithOneCall = async ({ once }: Pool) =>
  await once.run(payment, { scope: 'user:1', key: uuidv7(), input: null });
