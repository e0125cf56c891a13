// Anything that callers, workers, operators and time can do with a key, in any order, against a model that fits on a page. A
// failure prints the seed and the shortest steps that fail. Longer, with another seed:
//
//   MODEL_RUNS=2000 MODEL_SEED=7 npx -y pnpm@12 exec vitest run packages/idempotency/test/model
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openFixture } from '../fixture.ts';
import { commands, Model, takenOver } from './commands.ts';
import { World } from './world.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const encryption = { current: 'k1', keys: { k1: randomBytes(32) } };

const numRuns = Number(process.env['MODEL_RUNS'] ?? 60);
const seed = Number(process.env['MODEL_SEED'] ?? 20_261_125);

test(`the library does what its model says: ${numRuns} runs, seed ${seed}`, async () => {
  const kinds = new Set<string>();
  const property = fc.asyncProperty(commands, fc.boolean(), fc.boolean(), async (steps, begun, encrypted) => {
    const world = new World(fixture, driver, { encryption: encrypted ? encryption : undefined, kinds });
    const real = await world.open();
    await fc.asyncModelRun(() => ({ model: new Model(), real }), [...(begun ? takenOver() : []), ...steps]);
  });
  await fc.assert(property, { seed, numRuns });
  expect([...kinds]).toEqual(expect.arrayContaining(EVERY_ANSWER));
}, 3_600_000);

/** Each was heard at least once, or the steps were too tame to show anything. */
const EVERY_ANSWER = [
  ...[
    'succeeded',
    'succeeded, replayed',
    'rejected',
    'rejected, replayed',
    'waiting',
    'unknown',
    'unknown, needs review',
  ],
  ...['IN_FLIGHT', 'FINGERPRINT_MISMATCH', 'KEY_EXPIRED', 'NOT_RESOLVABLE'].map((code) => `IDEMPOTENCY_${code}`),
  'too late, and another holds it',
  ...['thrown', 'no record', 'nothing yet', 'true', 'false'],
];
