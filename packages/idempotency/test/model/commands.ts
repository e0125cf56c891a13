// The same steps on both sides: the model says what is heard and stored, the library on its Postgres is held to it.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Answer,
  answered,
  declined,
  type Json,
  type Rejection,
  reject,
  unknown,
  waiting,
} from '../../src/index.ts';
import { makeDue } from '../../src/testing.ts';
import {
  BODIES,
  type Body,
  DETAILS,
  FINALS,
  type Heard,
  type Input,
  PaymentModel,
  type Prompt,
  REACTIONS,
  type Reaction,
  TransactionModel,
} from './model.ts';
import type { World } from './world.ts';

export class Model {
  readonly payment = new PaymentModel();
  readonly transaction = new TransactionModel();
}

type Step = fc.AsyncCommand<Model, World>;

/** What was heard, in a word. */
function kindOf(expected: unknown): string {
  if (typeof expected !== 'object' || expected === null) return String(expected);
  const { refused, status, replayed, needsReview } = expected as Record<string, unknown>;
  return `${String(refused ?? status)}${replayed ? ', replayed' : ''}${needsReview ? ', needs review' : ''}`;
}

/** @param play what is heard on both sides, the model's first. */
function step(name: string, play: (model: Model, world: World) => Promise<readonly [unknown, unknown]>): Step {
  return {
    check: () => true,
    run: async (model, world) => {
      const [expected, heard] = await play(model, world);
      assert.deepEqual(heard, expected);
      world.kinds.add(kindOf(expected));
      await world.expectStored(model);
    },
    toString: () => name,
  };
}

const run = (input: Input, rerunExpired: boolean, replayHint: boolean, reaction: Reaction): Step =>
  step(
    `run(${input}, ${rerunExpired ? 'may rerun, ' : ''}${replayHint ? 'hint, ' : ''}the provider ${reaction})`,
    async (model, world) => {
      const expected = model.payment.run({ input, rerunExpired }, reaction);
      const running = world.reacting(reaction, () => world.run({ input, rerunExpired, replayHint }));
      if (expected !== 'nothing yet') return [expected, await running];
      world.holders.push(running);
      await world.reached();
      return [expected, 'nothing yet'];
    },
  );

const resume = (reaction: Prompt): Step =>
  step(`resume(the provider ${reaction})`, async (model, world) => [
    model.payment.resume(reaction),
    await world.reacting(reaction, () => world.resume()),
  ]);

const work = (reaction: Prompt): Step =>
  step(`work(the provider ${reaction})`, async (model, world) => {
    model.payment.work(reaction);
    await world.reacting(reaction, () => world.worker.runOnce());
    return [world.errors.splice(0), []];
  });

const comesBack = (reaction: 'pays' | 'declines'): Step => ({
  ...step(`a holder comes back(the provider ${reaction})`, async (model, world) => {
    if (model.payment.isStale()) world.kinds.add('too late, and another holds it');
    const expected = model.payment.comesBack(reaction);
    return [expected, await world.comesBack(reaction)];
  }),
  check: ({ payment }) => payment.holders.length > 0,
});

const lapse = (): Step =>
  step('lapse', async ({ payment }, { database, scope }) => {
    const before = payment.record?.state;
    payment.lapse();
    return [before === 'in_flight' || before === 'waiting' ? 1 : 0, await makeDue(database, scope)];
  });

const wake = (): Step =>
  step('wake', async ({ payment }, { once, pay, name }) => [payment.wake(), await once.wake(pay, name)]);

const park = (): Step =>
  step('park', async ({ payment }, { once, pay, name }) => [payment.park(), await once.park(pay, name)]);

const resolve = (how: 'answered' | 'declined'): Step =>
  step(`resolve(${how})`, async ({ payment }, world) =>
    how === 'answered'
      ? [
          payment.resolve({ status: 'succeeded', value: { charge: 7 } }),
          await world.heard(world.once.resolve(world.pay, world.name, answered({ id: 7 }))),
        ]
      : [
          payment.resolve({ status: 'rejected', reason: 'by hand' }),
          await world.heard(world.once.resolve(world.pay, world.name, declined('by hand'))),
        ],
  );

const transact = (input: Input, rerunExpired: boolean, replayHint: boolean, body: Body): Step =>
  step(
    `transaction(${input}, ${rerunExpired ? 'may rerun, ' : ''}${replayHint ? 'hint, ' : ''}${body})`,
    async (model, world) => [
      model.transaction.run({ input, rerunExpired }, body),
      await world.transact({ input, rerunExpired, replayHint }, body),
    ],
  );

const joins = (input: Input, rerunExpired: boolean, body: Body, kept: boolean): Step =>
  step(
    `within(${input}, ${rerunExpired ? 'may rerun, ' : ''}${body}, ${kept ? 'committed' : 'rolled back'})`,
    async (model, world) => [
      model.transaction.run({ input, rerunExpired }, body, kept),
      await world.join({ input, rerunExpired }, body, kept),
    ],
  );

const retentionEnds = (): Step =>
  step('retention ends', async (model, world) => {
    model.payment.retentionEnds();
    model.transaction.retentionEnds();
    return [undefined, await world.ends('2, 3')];
  });

const tombstoneEnds = (): Step =>
  step('the tombstone’s time ends', async (model, world) => {
    model.payment.tombstoneEnds();
    model.transaction.tombstoneEnds();
    return [undefined, await world.ends('5')];
  });

// The likely first, for shorter counterexamples; the same one more often, for deeper ones.
const input = fc.constantFrom<Input>('the input', 'the input', 'the input', 'another input');
const reaction = fc.constantFrom<Reaction>(...REACTIONS, 'hangs', 'hangs', 'hangs');
const prompt = fc.constantFrom(...REACTIONS.filter((one) => one !== 'hangs')) as fc.Arbitrary<Prompt>;
const yesOrNo = fc.constantFrom('pays' as const, 'declines' as const);
const seldom = fc.constantFrom(false, false, true);
const body = fc.constantFrom<Body>(...BODIES);

export const commands = fc.commands(
  [
    ...[1, 2, 3].map(() => fc.tuple(input, seldom, fc.boolean(), reaction).map((all) => run(...all))),
    prompt.map(resume),
    prompt.map(work),
    yesOrNo.map(comesBack),
    yesOrNo.map(comesBack),
    ...[1, 2, 3].map(() => fc.constant(lapse())),
    fc.constant(wake()),
    fc.constant(park()),
    fc.constantFrom('answered' as const, 'declined' as const).map(resolve),
    fc.tuple(input, seldom, fc.boolean(), body).map((all) => transact(...all)),
    fc.tuple(input, seldom, body, fc.boolean()).map((all) => joins(...all)),
    fc.constant(retentionEnds()),
    fc.constant(tombstoneEnds()),
  ],
  { maxCommands: 40, size: 'max' },
);

/** How many runs begin: a process is at the provider, and another has taken over from it and is there too. */
export const takenOver = (): readonly Step[] => {
  const hangs = () => run('the input', false, false, 'hangs');
  return [hangs(), lapse(), hangs()];
};

/** What the provider answers to a send. */
export function answerTo(reaction: Prompt, execute: () => Answer, refuse: () => Answer): Answer {
  switch (reaction) {
    case 'pays':
      return execute();
    case 'declines':
      return refuse();
    case 'waits':
      return waiting(DETAILS, LATER_MS);
    case 'loses its answer':
      return unknown(execute(), LATER_MS);
    case 'knows nothing':
    case 'is blind':
      return unknown('503', LATER_MS);
  }
}

/** So late that nothing becomes due by itself. */
const LATER_MS = 600_000;

/** What a body does. */
export async function does(body: Body): Promise<Json | Rejection<string>> {
  if (body === 'throws') throw Object.assign(new Error('by the body'), { code: 'thrown' });
  const final = FINALS[body];
  return final.status === 'succeeded' ? final.value : reject(final.reason);
}

/** An answer of the library, as the model tells it: without how long to wait, and without the phase. */
export async function told(running: Promise<unknown>): Promise<Heard> {
  try {
    const answer = await running;
    if (answer === undefined) return 'no record';
    const { retryAfterMs: _, phase: __, ...rest } = answer as Record<string, unknown>;
    return rest as unknown as Heard;
  } catch (error) {
    return { refused: (error as { code?: string }).code ?? String(error) };
  }
}
