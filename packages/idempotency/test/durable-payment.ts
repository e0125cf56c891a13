// A payment whose provider outlives every process of the test: it commits to a table of its own, on its own connection.
import type postgres from 'postgres';
import { z } from 'zod';
import { absent, answered, workflow } from '../src/index.ts';

interface App {
  readonly tx: postgres.TransactionSql;
  readonly services: { readonly provider: postgres.Sql };
}

export const durablePayment = workflow<App>('order.pay_durably')
  .input(z.object({ scope: z.string() }))
  .transaction('reserve', async (tx, { input }) => {
    await tx`insert into written (scope, note) values (${input.scope}, 'reserve')`;
  })
  .call('charge', {
    send: async ({ key, services: { provider } }, { input }) => {
      await provider`insert into written (scope, note) values (${`${input.scope} requests`}, ${key})`;
      await provider`insert into charge (key) values (${key}) on conflict do nothing`;
      return answered({ key });
    },
    lookup: async ({ key, services: { provider } }) => {
      const rows = await provider`select 1 from charge where key = ${key}`;
      return rows.length > 0 ? answered({ key }) : absent;
    },
  })
  .transaction('settle', async (tx, { input, charge }) => {
    await tx`insert into written (scope, note) values (${input.scope}, 'settle')`;
    return { charged: charge.value.key };
  });
