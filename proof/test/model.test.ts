import { describe, expect, it } from 'vitest';
import { DEFECTS, SMALL } from '../model/defects.ts';
import { committedPml, recordPml, transitionOf } from '../model/generate.ts';
import { isSpinHere, Verifier } from '../model/spin.ts';

it('the model’s states and transitions are the library’s', () => {
  expect(committedPml()).toBe(recordPml());
});

it('a statement that lost its fence, its state or its time makes another model', () => {
  const kept = { name: 'x', from: [0], isFenced: true, raisesFence: false, isIfDue: false };
  expect(transitionOf('x', 'update r set a = 1 where id = $1 and fence = $2 and state = 0')).toEqual(kept);
  expect(transitionOf('x', 'update r set a = 1 where id = $1 and state = 0')).toEqual({ ...kept, isFenced: false });
  expect(() => transitionOf('x', 'update r set a = 1 where id = $1 and fence = $2')).toThrow('whatever its state');
});

describe.skipIf(!isSpinHere())('with Spin', () => {
  it('as written nothing is violated, in all states of small worlds, and each planted defect is refuted by its property', async () => {
    const verifier = new Verifier();
    try {
      for (const { what, budgets } of SMALL) {
        expect(await verifier.run(budgets), `${what}`).toMatchObject({ violated: null, complete: true });
      }
      for (const { number, what, refutedBy, budgets } of DEFECTS) {
        const { violated } = await verifier.run({ ...budgets, DEFECT: number });
        expect(violated, `${what}`).toBe(refutedBy);
      }
    } finally {
      verifier.close();
    }
  }, 240_000);
});
