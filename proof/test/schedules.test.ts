import { testDatabase } from '@once/local-postgres/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { explore, type Player } from '../schedules/explore.ts';
import type { Grain } from '../schedules/gated-database.ts';
import { heal } from '../schedules/heal.ts';
import { violations } from '../schedules/invariants.ts';
import { play } from '../schedules/play.ts';
import { scenarioOf, scenarios } from '../schedules/scenarios.ts';
import { openStage, type Stage } from '../schedules/stage.ts';
import { storyOf } from '../schedules/story.ts';

const LANES = 4;

const stages = new Map<Grain, Stage[]>();
beforeAll(async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0); // backoffs are drawn
  for (const grain of ['writes', 'all'] as const) {
    const opening = Array.from({ length: LANES }, async () => openStage((await testDatabase('shop')).url, grain));
    stages.set(grain, await Promise.all(opening));
  }
});
afterAll(async () => {
  await Promise.all([...stages.values()].flat().map((stage) => stage.close()));
  vi.restoreAllMocks();
});

const stage = () => stages.get('writes')?.[0] as Stage;

function playerOn(grain: Grain): Player {
  const free = [...(stages.get(grain) ?? [])];
  return {
    lanes: LANES,
    play: async ({ scenario, steps }) => {
      const mine = free.pop() as Stage;
      try {
        return await play(mine, scenario, steps);
      } finally {
        free.push(mine);
      }
    },
  };
}

const sum = (counts: Iterable<number>): number => [...counts].reduce((all, count) => all + count, 0);
const forever = { untilMs: Number.POSITIVE_INFINITY };

it('two processes in every order, with a crash after any step: six pairs, nothing is violated', async () => {
  const chosen = scenarios().filter(({ card, loss }) => card === 'pays' && loss === 'heard');
  const explored = await explore(chosen, [playerOn('writes')], forever);
  expect(explored).toMatchObject({ complete: true, found: [] });
  expect(sum(explored.schedules.values())).toBeGreaterThan(8_000);
}, 600_000);

it('the same where reads are steps too, for an order that is paid while its event comes in', async () => {
  const explored = await explore([scenarioOf('web-webhook@0/pays/heard')], [playerOn('all')], forever);
  expect(explored).toMatchObject({ complete: true, found: [] });
  expect(sum(explored.schedules.values())).toBeGreaterThan(30_000);
}, 600_000);

it('schedules that are only counted are there: as many, through as many states, as when each is played', async () => {
  const one = { ...scenarioOf('worker-webhook@4/pays/heard'), preemptions: 1 };
  const [merged, each] = [
    await explore([one], [playerOn('writes')], forever),
    await explore([one], [playerOn('writes')], { ...forever, each: true }),
  ];
  expect(each).toMatchObject({ complete: true, found: [], played: sum(each.schedules.values()) });
  expect([...merged.schedules, merged.states]).toEqual([...each.schedules, each.states]);
  expect(merged.played).toBeLessThan(each.played);
}, 600_000);

it('a schedule replays from its id, step by step, and is told as a story', async () => {
  const id = 'web-worker@0/pays/confirm-lost';
  const tell = async () => storyOf(id, await play(stage(), scenarioOf(id), 'aaaabbb'));
  const story = await tell();
  expect(story).toContain('✗ the answer to the confirm was lost');
  expect(story).toContain('COMMIT of reserve');
  expect(await tell()).toBe(story);
});

it('an order that was charged twice, or whose books were changed by hand, does not pass', async () => {
  const { admin, provider } = stage();
  const order = await stage().newOrder('pays', 'heard');
  const last = await heal(stage(), order);
  const look = () => violations(stage(), order, { heard: [], last });
  expect(await look()).toEqual([]);
  const [charge] = provider.chargesOf(order.id);
  if (charge) provider.charges.push(charge);
  expect(await look()).toContain('I1 charged 2 times');
  provider.charges.pop();
  await admin`update orders set state = 'cancelled', paid_at = null, cancelled_at = now() where id = ${order.id}`;
  expect(await look()).toContain('I2 charged, and the order is not paid');
  await admin`update copy set state = 'available', held_by = null where held_by = ${order.id}`;
  await admin`update orders set state = 'paid', paid_at = now() where id = ${order.id}`;
  expect(await look()).toContain('I11 the copy of a paid order is not its own');
});
