import type { Bench } from '../bench.ts';
import { type Figure, figureOf, ratioFigure } from '../figure.ts';
import { alternate } from '../measure/alternate.ts';
import { openDelayedLink } from './delayed-link.ts';
import { type Lab, withLab } from './lab.ts';
import { bareTransaction, transaction, twoBareTransactions, workflowWithOneCall } from './operations.ts';

const LINK_DELAY_MS = 1;
const COUNTED = 20;

/** What a first run costs, against a transaction that does the same work and knows no key. */
export const transactionBench: Bench = {
  name: 'transaction',
  run: (scale) =>
    withLab(async ({ open, cpu }) => {
      const pool = open(16);
      const measured = await alternate(
        { bare: () => bareTransaction(pool), once: () => transaction(pool) },
        { ...scale, clients: 16, cpu },
      );
      const name = 'transaction, first run, 16 clients';
      return [ratioFigure(measured.once, measured.bare, { name, target: { atLeast: 0.5 } })];
    }),
};

/** The same where the way is long: round trips are what counts, so they are counted. */
export const linkBench: Bench = {
  name: 'link',
  run: (scale) =>
    withLab(async (lab) => {
      const link = await openDelayedLink(lab.url, LINK_DELAY_MS);
      try {
        return await overLink(lab, link, scale);
      } finally {
        await link.close();
      }
    }),
};

async function overLink(
  { open, cpu }: Lab,
  link: Awaited<ReturnType<typeof openDelayedLink>>,
  scale: Parameters<Bench['run']>[0],
): Promise<Figure[]> {
  const pool = open(1, { url: link.url });
  const measured = await alternate(
    { bare: () => bareTransaction(pool), once: () => transaction(pool) },
    { ...scale, clients: 1, cpu },
  );
  const tripsOf = async (operation: () => Promise<unknown>) => {
    const before = link.trips();
    for (let i = 0; i < COUNTED; i++) await operation();
    return (link.trips() - before) / COUNTED;
  };
  const [bare, once] = [await tripsOf(() => bareTransaction(pool)), await tripsOf(() => transaction(pool))];
  const name = `transaction, first run, 1 client, ${LINK_DELAY_MS} ms away`;
  return [
    ratioFigure(measured.once, measured.bare, { name, target: { atLeast: 0.72 } }),
    figureOf([once - bare], {
      name: 'round trips that a first run adds',
      unit: '',
      target: { atMost: 1 },
      behind: `${once} against ${bare}`,
    }),
  ];
}

/** What a workflow with one call costs, against two transactions that do the same work. */
export const workflowBench: Bench = {
  name: 'workflow',
  run: (scale) =>
    withLab(async ({ open, cpu }) => {
      const pool = open(16);
      const measured = await alternate(
        { bare: () => twoBareTransactions(pool), once: () => workflowWithOneCall(pool) },
        { ...scale, clients: 16, cpu },
      );
      const name = 'workflow with one call against two transactions, 16 clients';
      return [ratioFigure(measured.once, measured.bare, { name, target: { atLeast: 0.55 } })];
    }),
};
