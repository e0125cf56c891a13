import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { openPostgres } from '@once/local-postgres';
import type { Bench, Scale } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { type Figure, figureOf, ratesOf, ratioFigure } from '../figure.ts';
import { alternate } from '../measure/alternate.ts';
import { cpuClock } from '../measure/cpu.ts';
import { type BenchShop, withShop } from './shop.ts';
import { buy } from './shopper.ts';

const SHOPPERS = 8;

/** A guest's whole purchase over HTTP: five requests; the last one is three commits and three calls to the provider. */
export const purchaseBench: Bench = {
  name: 'purchase',
  run: (scale) =>
    withShop('purchase', async (shop) => {
      const api = await startApi(shop);
      try {
        return await measure(shop, api, scale);
      } finally {
        api.stop();
      }
    }),
};

interface Api {
  readonly url: string;
  readonly bareUrl: string;
  readonly pid: number | undefined;
  stop(): void;
}

async function measure({ stack, stock }: BenchShop, api: Api, scale: Scale): Promise<Figure[]> {
  const { pid: postgres } = await openPostgres({ dataDir: stack.dataDir });
  const pidOf = (app: 'web' | 'provider' | 'worker') => stack.processes.get(app)?.pid;
  const pressMs: number[] = [];
  const measured = await alternate(
    {
      web: async () => pressMs.push(await buy(stack.webUrl, await stock.take())),
      api: async () => await buy(api.url, await stock.take()),
      bare: async () => await buy(api.bareUrl, await stock.take()),
    },
    {
      rounds: scale.rounds,
      warmUpMs: scale.warmUpMs,
      sliceMs: scale.purchaseSliceMs,
      clients: SHOPPERS,
      cpu: cpuClock({
        web: pidOf('web'),
        api: api.pid,
        provider: pidOf('provider'),
        worker: pidOf('worker'),
        postgres,
      }),
    },
  );
  return [
    ratioFigure(measured.api, measured.bare, {
      name: `purchase over HTTP against the same without the record, ${SHOPPERS} shoppers`,
      target: { atLeast: 0.85 },
    }),
    figureOf(
      measured.web.slices.map(({ opsPerSecond }) => opsPerSecond),
      {
        name: `purchases from the shop as it is deployed, ${SHOPPERS} shoppers`,
        unit: '/s',
        behind: ratesOf(measured.web),
      },
    ),
    figureOf(pressMs, { name: `the press of Pay in them`, unit: 'ms', behind: 'each press counts as a round' }),
  ];
}

async function startApi({ stack }: BenchShop): Promise<Api> {
  const child = fork(join(import.meta.dirname, 'api-process.ts'), {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      LOG_LEVEL: 'error',
      DATA_DIR: stack.dataDir,
      DATABASE_URL: stack.databaseUrl,
      PUBLIC_URL: stack.webUrl,
      STRIPE_API_BASE: stack.providerUrl,
      STRIPE_SECRET_KEY: 'sk_test_local',
    },
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new BenchError('NOT_SERVED', `the API's process ended with ${code}`);
  });
  const [ports] = (await Promise.race([once(child, 'message'), ended])) as [{ api: number; bare: number }];
  ended.catch(() => {}); // asked to, from now on; if not, the next request fails
  const url = (port: number) => `http://127.0.0.1:${port}`;
  return { url: url(ports.api), bareUrl: url(ports.bare), pid: child.pid, stop: () => void child.kill() };
}
