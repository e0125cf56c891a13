import postgres from 'postgres';
import type { Bench, Scale } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { type Figure, figureOf, onLine, ratioFigure } from '../figure.ts';
import { alternate, type Measured } from '../measure/alternate.ts';
import { buy } from '../purchase/shopper.ts';
import { type Fleet, MAX_CONNECTIONS, withFleet } from './fleet.ts';
import { takers } from './takers.ts';

const SHOPPERS = 8;
const LOOK_EVERY_MS = 100;

/** More processes on the same Postgres, and fewer connections to it. On one machine: what sharing costs, not what it brings. */
export const instancesBench: Bench = {
  name: 'instances',
  run: (scale) =>
    withFleet(scale.poolSizes, async (fleet) => [...(await takers(fleet, scale)), ...(await purchases(fleet, scale))]),
};

async function purchases(fleet: Fleet, scale: Scale): Promise<Figure[]> {
  const { fleets, poolSizes } = scale;
  const [most, largest] = [Math.max(...fleets), Math.max(...poolSizes)];
  const addressOf = (poolSize: number) => fleet.poolers.get(poolSize)?.url ?? fleet.databaseUrl;
  const webs: string[] = [];
  for (let number = 0; number < most; number++) {
    webs.push(await fleet.start('web', addressOf(largest)));
    await fleet.start('worker', addressOf(largest));
  }
  const alone = await fleet.start('web', fleet.databaseUrl);
  const smaller = new Map<number, string>();
  for (const size of poolSizes.filter((each) => each !== largest))
    smaller.set(size, await fleet.start('web', addressOf(size)));

  let shopper = 0;
  const buyAt = (urls: readonly string[]) => async () =>
    await buy(urls[shopper++ % urls.length] ?? alone, await fleet.stock.take());
  const variants: Record<string, () => Promise<number>> = { direct: buyAt([alone]) };
  for (const count of fleets) variants[`${count} web`] = buyAt(webs.slice(0, count));
  for (const [size, url] of smaller) variants[`pool ${size}`] = buyAt([url]);

  const watching = await watchConnections(fleet.databaseUrl);
  const measured = await alternate(variants, {
    clients: SHOPPERS,
    rounds: scale.rounds,
    sliceMs: scale.purchaseSliceMs,
    warmUpMs: scale.warmUpMs,
  });
  const connections = await watching.stop();
  return figuresOf(measured, { fleets, smaller: [...smaller.keys()], largest, poolSizes, connections });
}

interface Compared {
  readonly fleets: readonly number[];
  readonly smaller: readonly number[];
  readonly largest: number;
  readonly poolSizes: readonly number[];
  /** The most that there were at once. */
  readonly connections: number;
}

function figuresOf(
  measured: Readonly<Record<string, Measured>>,
  { fleets, smaller, largest, poolSizes, connections }: Compared,
): Figure[] {
  const of = (name: string): Measured => {
    const found = measured[name];
    if (!found) throw new BenchError('WRONG_RESULT', `${name} was not measured`);
    return found;
  };
  const first = of(`${fleets[0]} web`);
  // What the bench's own stack, the web without a pooler and this one that looks may open, past every pooler.
  const past = 4 * MAX_CONNECTIONS;
  const allowed = poolSizes.reduce((sum, size) => sum + size, 0) + past;
  return [
    ...fleets.slice(1).map((count) =>
      onLine(
        ratioFigure(of(`${count} web`), first, {
          name: `purchases by ${count} web processes against ${fleets[0]}, through a pooler of ${largest}`,
        }),
        'web processes',
        fleets[0] ?? 1,
        count,
      ),
    ),
    ...smaller.map((size) =>
      ratioFigure(of(`pool ${size}`), first, {
        name: `purchases through a pooler of ${size} against one of ${largest}`,
      }),
    ),
    ratioFigure(first, of('direct'), { name: `purchases through a pooler of ${largest} against none` }),
    figureOf([connections], {
      name: 'connections that Postgres had at most',
      unit: '',
      target: { atMost: allowed },
      behind: `poolers of ${poolSizes.join(', ')}, and ${past} for what does not come through them`,
    }),
  ];
}

async function watchConnections(databaseUrl: string) {
  const admin = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  let most = 0;
  const look = async () => {
    const [row] = await admin<{ n: number }[]>`
      select count(*)::int as n from pg_stat_activity where backend_type = 'client backend'`;
    most = Math.max(most, row?.n ?? 0);
  };
  await look();
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
      await admin.end({ timeout: 5 });
      return most;
    },
  };
}
