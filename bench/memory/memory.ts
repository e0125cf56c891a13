import type { Bench, Scale } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { type Figure, figureOf } from '../figure.ts';
import { type Resident, residentOf } from '../measure/memory.ts';
import { type BenchShop, withShop } from '../purchase/shop.ts';
import { buy } from '../purchase/shopper.ts';

const SHOPPERS = 8;
const TARGETS_MIB = { web: 300, worker: 130, provider: 130 } as const;
/** More than this between the last two readings is a leak, or on its way to one. */
const FLAT_MIB = 10;

type App = keyof typeof TARGETS_MIB;
const APPS = Object.keys(TARGETS_MIB) as App[];

/** What each process holds after so many purchases over HTTP. */
export const memoryBench: Bench = {
  name: 'memory',
  isSoak: true,
  run: (scale) => withShop('memory', (shop) => measure(shop, scale)),
};

interface Reading {
  readonly purchases: number;
  readonly of: Readonly<Record<App, Resident>>;
}

async function measure(shop: BenchShop, { purchases }: Scale): Promise<Figure[]> {
  // As they are from the second start on: at the first, what Node makes of our TypeScript is not there yet.
  for (const app of ['provider', 'worker'] as const) await shop.stack.restart(app);
  const readings: Reading[] = [read(shop, 0)];
  const begun = performance.now();
  let sold = 0;
  for (const milestone of purchases) {
    await Promise.all(
      Array.from({ length: SHOPPERS }, async () => {
        while (sold < milestone) {
          sold++;
          await buy(shop.stack.webUrl, await shop.stock.take());
        }
      }),
    );
    readings.push(read(shop, milestone));
  }
  const perSecond = Math.round((sold / (performance.now() - begun)) * 1000);
  const last = readings.at(-1);
  const before = readings.at(-2);
  if (!last || !before) throw new BenchError('WRONG_RESULT', 'nothing was read');
  const after = `after ${last.purchases.toLocaleString('en')} purchases`;
  const grown = APPS.map((app) => last.of[app].totalMib - before.of[app].totalMib);
  return [
    ...APPS.map((app) =>
      figureOf([last.of[app].totalMib], {
        name: `memory of ${app} ${after}`,
        unit: 'MiB',
        target: { atMost: TARGETS_MIB[app] },
        behind: readings.map((reading) => described(reading, app)).join(' · '),
      }),
    ),
    figureOf([Math.max(...grown)], {
      name: `most that one of them grew since ${before.purchases.toLocaleString('en')}`,
      unit: 'MiB',
      target: { atMost: FLAT_MIB },
      behind: `${APPS.map((app, place) => `${app} ${(grown[place] ?? 0).toFixed(1)}`).join(', ')}; ${perSecond} purchases/s`,
    }),
  ];
}

function read({ stack }: BenchShop, purchases: number): Reading {
  const of = (app: App) => residentOf(stack.processes.get(app)?.pid ?? 0);
  return { purchases, of: { web: of('web'), worker: of('worker'), provider: of('provider') } };
}

function described({ purchases, of }: Reading, app: App): string {
  const { totalMib, ownMib } = of[app];
  return `${purchases === 0 ? 'idle' : purchases.toLocaleString('en')}: ${Math.round(totalMib)} (own ${Math.round(ownMib)})`;
}
