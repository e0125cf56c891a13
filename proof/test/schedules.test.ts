import { testDatabase } from '@once/local-postgres/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { explore, type Player } from '../schedules/explore.ts';
import { heal } from '../schedules/heal.ts';
import { violations } from '../schedules/invariants.ts';
import { play } from '../schedules/play.ts';
import { scenarioOf, scenarios } from '../schedules/scenarios.ts';
import { openStage, type Stage } from '../schedules/stage.ts';
import { storyOf } from '../schedules/story.ts';

const LANES = 4;

const stages: Stage[] = [];
beforeAll(async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0); // backoffs are drawn
  for (let lane = 0; lane < LANES; lane++) stages.push(await openStage((await testDatabase('shop')).url, 'writes'));
});
afterAll(async () => {
  await Promise.all(stages.map((stage) => stage.close()));
  vi.restoreAllMocks();
});

const stage = () => stages[0] as Stage;

it('two processes with a crash after any step, one preemption: six pairs, nothing is violated', async () => {
  const chosen = scenarios({ preemptions: 1 }).filter(({ card, loss }) => card === 'pays' && loss === 'heard');
  const free = [...stages];
  const player: Player = {
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
  const explored = await explore(chosen, [player], { untilMs: Number.POSITIVE_INFINITY });
  expect(explored).toMatchObject({ complete: true, found: [] });
  expect([...explored.schedules.values()].reduce((sum, count) => sum + count)).toBeGreaterThan(500);
}, 240_000);

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
