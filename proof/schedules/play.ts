// Plays one schedule from its beginning: the actors step in the given order, then all die, the world heals, and the
// invariants are looked at.
import { Actor, type Step } from './actor.ts';
import { heal } from './heal.ts';
import { violations } from './invariants.ts';
import { doing, type Scenario } from './scenarios.ts';
import type { Stage } from './stage.ts';
import { stateOf } from './state.ts';

/** One letter per step: a is the first actor. Whoever has not ended by its end has died there. */
export type Steps = string;

export interface Played {
  readonly steps: Steps;
  /** Who could have gone on. */
  readonly alive: string;
  /** Where it has led: whoever comes to the same text goes on alike. */
  readonly state: string;
  /** How it ends from there, when everybody has died. */
  readonly end: string;
  readonly violations: readonly string[];
  readonly story: readonly Step[];
  /** What each actor came to, in words. */
  readonly ends: readonly string[];
}

export async function play(stage: Stage, scenario: Scenario, steps: Steps): Promise<Played> {
  const order = await stage.newOrder(scenario.card, scenario.loss);
  const story: Step[] = [];
  const spawn = async (name: string, run: () => Promise<unknown>) => {
    const actor = new Actor(name, story, run);
    await actor.begin();
    return actor;
  };
  if (scenario.start > 0) {
    const dead = await spawn('an earlier web', () => doing.web(stage, order));
    for (let step = 0; step < scenario.start && !dead.end; step++) await dead.step();
    dead.kill();
  }
  const actors: Actor[] = [];
  for (const [index, role] of scenario.roles.entries()) {
    actors.push(await spawn(`${role} ${letterOf(index)}`, () => doing[role](stage, order)));
  }
  for (const letter of steps) await actors[letter.charCodeAt(0) - 97]?.step();
  for (const actor of actors) actor.kill();
  const alive = actors.flatMap(({ end }, index) => (end ? [] : [letterOf(index)])).join('');
  const state = await stateOf(stage, actors);
  const last = await heal(stage, order);
  const heard = actors.flatMap(({ end }, index) => (scenario.roles[index] === 'web' ? [end] : []));
  const found = await violations(stage, order, { heard, last });
  for (const [index, { end }] of actors.entries()) {
    if (end && 'error' in end && scenario.roles[index] !== 'web')
      found.push(`${actors[index]?.name} threw: ${String(end.error)}`);
  }
  const ends = actors.map(endOf);
  const end = [...ends, `at last ${last?.answer}`, ...found].join('; ');
  return { steps, alive, state, end, violations: found, story, ends };
}

const letterOf = (index: number): string => String.fromCharCode(97 + index);

function endOf({ name, end }: Actor): string {
  if (end === undefined) return `${name} dies here`;
  if ('error' in end) return `${name} throws ${String(end.error)}`;
  const { answer } = (end.value ?? {}) as { answer?: string };
  return answer ? `${name} answers ${answer}` : `${name} ends`;
}
