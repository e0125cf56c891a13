import { createOnce } from '@once/idempotency';
import { guarded, nodePostgres } from '@once/idempotency/pg';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import type { Bench } from '../bench.ts';
import { figureOf, ratioFigure } from '../figure.ts';
import { alternate } from '../measure/alternate.ts';
import { openDelayedLink } from './delayed-link.ts';
import { withLab } from './lab.ts';
import { OUTCOME } from './operations.ts';

const LINK_DELAY_MS = 1;
const COUNTED = 20;

/** As `link`, over node-postgres, where BEGIN rides with the claim: no trip more, so the way should hardly count. */
export const linkPgBench: Bench = {
  name: 'link-pg',
  run: (scale) =>
    withLab(async ({ url, cpu }) => {
      const link = await openDelayedLink(url, LINK_DELAY_MS);
      const pools = [0, 1].map(() => new pg.Pool({ connectionString: link.url, max: 1 })) as [pg.Pool, pg.Pool];
      try {
        const bare = () => bareTransaction(pools[0]);
        const once = firstRun(pools[1]);
        const measured = await alternate({ bare, once }, { ...scale, clients: 1, cpu });
        const tripsOf = async (operation: () => Promise<unknown>) => {
          const before = link.trips();
          for (let i = 0; i < COUNTED; i++) await operation();
          return (link.trips() - before) / COUNTED;
        };
        const [before, after] = [await tripsOf(bare), await tripsOf(once)];
        const name = `node-postgres: transaction, first run, 1 client, ${LINK_DELAY_MS} ms away`;
        return [
          ratioFigure(measured.once, measured.bare, { name, target: { atLeast: 0.92 } }),
          figureOf([after - before], {
            name: 'node-postgres: round trips that a first run adds',
            unit: '',
            target: { atMost: 0 },
            behind: `${after} against ${before}`,
          }),
        ];
      } finally {
        await Promise.all(pools.map((pool) => pool.end()));
        await link.close();
      }
    }),
};

const sell = (client: pg.PoolClient) =>
  client.query('insert into sale (id, owner, total_minor) values ($1, $2, $3)', [uuidv7(), 'u1', 15_200]);

async function bareTransaction(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await sell(client);
    await client.query('commit');
  } finally {
    client.release();
  }
}

function firstRun(pool: pg.Pool): () => Promise<unknown> {
  const once = createOnce({ database: nodePostgres(guarded(pool)) });
  return async () => {
    const input = { sku: 'lee-shore', quantity: 1 };
    await once.transaction({ operation: 'order.place', scope: 'user:1', key: uuidv7(), input }, async (client) => {
      await sell(client);
      return OUTCOME;
    });
  };
}
