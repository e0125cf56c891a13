// Walks the tree of schedules: every prefix is one, in which whoever has not ended has died at its last step. What follows a
// prefix is known when it has been played: one more step of each actor that could have gone on.
import type { Played, Steps } from './play.ts';
import type { Scenario } from './scenarios.ts';

export interface Job {
  readonly scenario: Scenario;
  readonly steps: Steps;
  /** How often it has left an actor that could have gone on. */
  readonly preemptions: number;
}

export interface Found {
  readonly id: string;
  readonly violations: readonly string[];
}

export interface Explored {
  readonly schedules: ReadonlyMap<string, number>;
  readonly found: readonly Found[];
  /** Nothing was left when it ended; otherwise the time was over. */
  readonly complete: boolean;
  readonly seconds: number;
  /** Played again, because the machine's clock or a timer had led them another way than their prefix. */
  readonly again: number;
}

type Outcome = Pick<Played, 'alive' | 'violations'>;

export interface Player {
  /** How many it plays at once. */
  readonly lanes: number;
  play(job: Job): Promise<Outcome>;
}

// A claim gives up on a rival after 250 ms, which a busy machine may spend elsewhere: the run then takes another way.
const TRIES = 10;
export const UNREPEATABLE = 'I20 it cannot be repeated';

/** @param untilMs performance.now() after which nothing new is begun */
export async function explore(
  scenarios: readonly Scenario[],
  players: readonly Player[],
  { untilMs, onPlayed = () => {} }: { readonly untilMs: number; readonly onPlayed?: (played: number) => void },
): Promise<Explored> {
  const begun = performance.now();
  const schedules = new Map(scenarios.map(({ id }) => [id, 0]));
  const found: Found[] = [];
  let again = 0;
  let played = 0;
  // The deepest first: the queue stays as short as the tree is high. One queue for all scenarios, taken in turn.
  const queues: Job[][] = scenarios.map((scenario) => [{ scenario, steps: '', preemptions: 0 }]);
  let underWay = 0;
  let turn = 0;
  const next = (): Job | undefined => {
    for (let i = 0; i < queues.length; i++) {
      const job = queues[turn++ % queues.length]?.pop();
      if (job) return job;
    }
    return undefined;
  };
  const one = async (player: Player, job: Job): Promise<void> => {
    const { scenario, steps } = job;
    const { alive, violations } = await repeated(
      () => player.play(job),
      () => again++,
    );
    schedules.set(scenario.id, (schedules.get(scenario.id) ?? 0) + 1);
    onPlayed(++played);
    if (violations.length > 0) found.push({ id: `${scenario.id}:${steps}`, violations });
    queues[scenarios.indexOf(scenario)]?.push(...longer(job, alive));
  };
  const lane = async (player: Player): Promise<void> => {
    while (performance.now() < untilMs) {
      const job = next();
      if (job) {
        underWay++;
        await one(player, job).finally(() => underWay--);
      } else if (underWay === 0) return;
      else await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await Promise.all(players.flatMap((player) => Array.from({ length: player.lanes }, () => lane(player))));
  const complete = queues.every((queue) => queue.length === 0);
  return { schedules, found, complete, again, seconds: (performance.now() - begun) / 1000 };
}

function longer({ scenario, steps, preemptions }: Job, alive: string): Job[] {
  const last = steps.at(-1);
  return alive.split('').flatMap((actor) => {
    const isPreemption = last !== undefined && actor !== last && alive.includes(last);
    const count = preemptions + (isPreemption ? 1 : 0);
    return count > scenario.preemptions ? [] : [{ scenario, steps: steps + actor, preemptions: count }];
  });
}

/** A prefix that leads elsewhere than before is played again: a lease may have ended on a machine that stood still. */
async function repeated(play: () => Promise<Outcome>, onAgain: () => void): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    try {
      return await play();
    } catch (error) {
      if ((error as { code?: string }).code !== 'NOT_AT_GATE') throw error;
      if (tries === TRIES) return { alive: '', violations: [`${UNREPEATABLE}: ${(error as Error).message}`] };
      onAgain();
    }
  }
}
