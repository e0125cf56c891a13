// The rules of an attempt, without a browser; e2e/tests/attempt-hook.spec.ts has them in one.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forget, type Kept, keep, readKept } from '../../src/react-attempt.ts';
import { subscribe } from '../../src/react-store.ts';

const number = fc.nat({ max: 4 });
const kept: fc.Arbitrary<Kept> = fc.oneof(
  fc.record({ number, phase: fc.constantFrom('new' as const, 'settled' as const) }),
  fc.record({ number, phase: fc.constant('sent' as const), sent: fc.json() }),
);
const phases = ['new', 'sent', 'settled'];
const rank = ({ number: n, phase }: Kept) => n * 3 + phases.indexOf(phase);

test('whatever tabs keep in whatever order, nobody is taken back to an earlier key or phase', () => {
  fc.assert(
    fc.property(fc.array(kept, { maxLength: 20 }), (all) => {
      const id = randomUUID();
      let highest = 0;
      for (const next of all) {
        keep(id, next);
        highest = Math.max(highest, rank(next));
        expect(rank(readKept(id))).toBe(highest);
      }
      const last = all.findLast((one) => rank(one) === highest);
      if (last) expect(readKept(id)).toEqual(last);
    }),
  );
});

test('forgetting takes back what was sent under that number, and nothing else', () => {
  const id = randomUUID();
  keep(id, { number: 1, phase: 'sent', sent: '1' });
  forget(id, 0);
  expect(readKept(id)).toEqual({ number: 1, phase: 'sent', sent: '1' });
  forget(id, 1);
  expect(readKept(id)).toEqual({ number: 1, phase: 'new' });
  keep(id, { number: 1, phase: 'settled' });
  forget(id, 1);
  expect(readKept(id)).toEqual({ number: 1, phase: 'settled' });
});

test('the server’s count starts a new attempt only where it is ahead', () => {
  const id = randomUUID();
  keep(id, { number: 2, phase: 'sent', sent: '"x"' });
  expect(readKept(id, 2)).toEqual({ number: 2, phase: 'sent', sent: '"x"' });
  expect(readKept(id, 1)).toEqual({ number: 2, phase: 'sent', sent: '"x"' });
  expect(readKept(id, 3)).toEqual({ number: 3, phase: 'new' });
});

test('every subscriber hears of a change until it leaves, and attempts do not touch each other', () => {
  const [one, other] = [randomUUID(), randomUUID()];
  let heard = 0;
  const leave = subscribe(() => heard++);
  keep(one, { number: 0, phase: 'settled' });
  leave();
  keep(one, { number: 1, phase: 'new' });
  expect([heard, readKept(one).number, readKept(other)]).toEqual([1, 1, { number: 0, phase: 'new' }]);
});
