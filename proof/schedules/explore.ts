// Walks the tree of schedules: every prefix is one, in which whoever has not ended has died at its last step. What follows a
// prefix is known when it has been played: one more step of each actor that could have gone on.
//
// Many schedules lead to the same state (state.ts), and from there everything goes alike. So what follows a state is played
// once, for the first schedule that led there; the others are counted, and their own ends compared with its end.
import { BEGINNING, Graph } from './graph.ts';
import type { Played, Steps } from './play.ts';
import type { Scenario } from './scenarios.ts';

export interface Job {
  readonly scenario: Scenario;
  readonly steps: Steps;
  /** How often it has left an actor that could have gone on. */
  readonly preemptions: number;
  /** The place that its last step begins at. */
  readonly from: string;
}

export interface Found {
  readonly id: string;
  readonly violations: readonly string[];
}

export interface Explored {
  /** By scenario: schedules that were played, or lead through states that were. */
  readonly schedules: ReadonlyMap<string, number>;
  readonly played: number;
  readonly states: number;
  readonly found: readonly Found[];
  /** Nothing was left when it ended; otherwise the time was over. */
  readonly complete: boolean;
  readonly seconds: number;
  /** Played again, because the machine's clock or a timer had led them another way than their prefix. */
  readonly again: number;
}

type Outcome = Pick<Played, 'alive' | 'state' | 'end' | 'violations'>;

export interface Player {
  /** How many it plays at once. */
  readonly lanes: number;
  play(job: Job): Promise<Outcome>;
}

// A claim gives up on a rival after 250 ms, which a busy machine may spend elsewhere: the run then takes another way.
const TRIES = 10;
export const UNREPEATABLE = 'I20 it cannot be repeated';
const ANOTHER_END = 'I20 the same state came to another end';

/** @param untilMs performance.now() after which nothing new is begun */
export async function explore(
  scenarios: readonly Scenario[],
  players: readonly Player[],
  options: {
    readonly untilMs: number;
    /** Goes on from every schedule, also where it has come to a state that was there before. */
    readonly each?: boolean;
    readonly onPlayed?: (played: number) => void;
  },
): Promise<Explored> {
  const { untilMs, each = false, onPlayed = () => {} } = options;
  const begun = performance.now();
  const graphs = new Map(scenarios.map(({ id }) => [id, new Graph()]));
  const ends = new Map<string, string>();
  const found: Found[] = [];
  let again = 0;
  let played = 0;
  // The deepest first: the queue stays as short as the tree is high. One queue for all scenarios, taken in turn.
  const queues: Job[][] = scenarios.map((scenario) => [{ scenario, steps: '', preemptions: 0, from: BEGINNING }]);
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
    const outcome = await repeated(
      () => player.play(job),
      () => again++,
    );
    onPlayed(++played);
    const place = each ? steps : placeOf(job, outcome.state);
    const isNew = graphs.get(scenario.id)?.arrive(job.from, place, steps.length);
    const violations = [...outcome.violations, ...anotherEnd(ends, scenario.id, outcome)];
    if (violations.length > 0) found.push({ id: `${scenario.id}:${steps}`, violations });
    if (isNew) queues[scenarios.indexOf(scenario)]?.push(...longer(job, outcome.alive, place));
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
  const schedules = new Map([...graphs].map(([id, graph]) => [id, graph.paths()]));
  const seconds = (performance.now() - begun) / 1000;
  return { ...{ schedules, played, states: ends.size, found, complete, again, seconds } };
}

/** The check of the states themselves: one that leaves something out would sooner or later come to two ends. */
function anotherEnd(ends: Map<string, string>, scenario: string, { state, end }: Outcome): string[] {
  const before = ends.get(`${scenario} ${state}`) ?? end;
  ends.set(`${scenario} ${state}`, before);
  return before === end ? [] : [`${ANOTHER_END}: ${end}, not ${before}`];
}

/** With a bound, what may follow depends on who stepped last and on how often it was somebody else, too. */
const placeOf = ({ scenario, steps, preemptions }: Job, state: string): string =>
  scenario.preemptions === Number.POSITIVE_INFINITY ? state : `${state} ${steps.at(-1)} ${preemptions}`;

function longer({ scenario, steps, preemptions }: Job, alive: string, from: string): Job[] {
  const last = steps.at(-1);
  return alive.split('').flatMap((actor) => {
    const isPreemption = last !== undefined && actor !== last && alive.includes(last);
    const count = preemptions + (isPreemption ? 1 : 0);
    return count > scenario.preemptions ? [] : [{ scenario, steps: steps + actor, preemptions: count, from }];
  });
}

/** A prefix that leads elsewhere than before is played again: a lease may have ended on a machine that stood still. */
async function repeated(play: () => Promise<Outcome>, onAgain: () => void): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    try {
      return await play();
    } catch (error) {
      if ((error as { code?: string }).code !== 'NOT_AT_GATE') throw error;
      if (tries === TRIES)
        return {
          alive: '',
          state: `lost at ${(error as Error).message}`,
          end: '',
          violations: [`${UNREPEATABLE}: ${(error as Error).message}`],
        };
      onAgain();
    }
  }
}
