import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgres } from '@once/local-postgres';
import type { Bench } from '../bench.ts';
import { figureOf, rounded } from '../figure.ts';
import { cpuClock } from '../measure/cpu.ts';
import { withShop } from '../purchase/shop.ts';
import { buy } from '../purchase/shopper.ts';

const ROUNDS = 3;

/** What the shop costs while nobody is in it: its loops look for work, its clocks tick. */
export const idleBench: Bench = {
  name: 'idle',
  run: ({ idleMs }) =>
    withShop('idle', async ({ stack, stock }) => {
      await buy(stack.webUrl, await stock.take()); // everything has been used once
      const { pid: postgres } = await openPostgres({ dataDir: stack.dataDir });
      const pidOf = (app: 'web' | 'provider' | 'worker') => stack.processes.get(app)?.pid;
      const clock = cpuClock({ web: pidOf('web'), provider: pidOf('provider'), worker: pidOf('worker'), postgres });
      await sleep(idleMs); // mails and events of it are done with
      const rounds: Map<string, number>[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const [before, begun] = [clock(), performance.now()];
        await sleep(idleMs);
        const seconds = (performance.now() - begun) / 1000;
        const spent = [...clock()].filter(([name]) => name !== 'bench');
        rounds.push(new Map(spent.map(([name, at]) => [name, (100 * (at - (before.get(name) ?? 0))) / seconds])));
      }
      const last = [...(rounds.at(-1) ?? [])].map(([name, percent]) => `${name} ${rounded(percent)}`).join(', ');
      return [
        figureOf(
          rounds.map((round) => [...round.values()].reduce((sum, percent) => sum + percent, 0)),
          { name: 'the idle shop, of one core', unit: '%', target: { atMost: 1 }, behind: `the last round: ${last}` },
        ),
      ];
    }),
};
