import { describe, expect, it } from 'vitest';
// @boundaries-ignore the provider's own list of what can go wrong
import { actionsByPlace } from '../../apps/provider/src/faults/actions.ts';
import { KINDS, NOT_HERE } from '../soak/fault-kinds.ts';
import { INVARIANTS, violationsOf } from '../soak/invariants.ts';
import { planOf } from '../soak/plan.ts';
import { SHORT } from '../soak/profile.ts';
import { shortcomings } from '../soak/report.ts';
import { soak } from '../soak/soak.ts';
import { PLANTED } from './soak-violations.ts';

const MINUTES = 60_000;

describe('a soak', { timeout: 5 * MINUTES }, () => {
  it('arms every kind of fault that the provider knows, or says why not', () => {
    const known = actionsByPlace().flatMap(([, names]) => names);
    const armed = Object.values(KINDS).flatMap((kinds) => kinds.map(({ name }) => name));
    expect([...new Set([...armed, ...Object.keys(NOT_HERE)])].sort()).toEqual(known.sort());
  });

  it('makes the same choices for the same seed, and others for another', () => {
    const plans = (seed: string) => Array.from({ length: 50 }, (_, shopper) => planOf(seed, shopper, SHORT.faulty));
    expect(plans('a')).toEqual(plans('a'));
    expect(plans('a')).not.toEqual(plans('b'));
  });

  it('of a shop that keeps its promise finds nothing, and each planted violation by its name', async () => {
    const profile = { ...SHORT, seed: 'test' };
    const run = await soak(profile);
    expect(violationsOf(run.evidence)).toEqual([]);
    expect(shortcomings(profile, run)).toEqual([]);

    for (const { invariant, what, plant } of PLANTED) {
      const copy = structuredClone(run.evidence);
      plant(copy);
      const found = violationsOf(copy).map((violation) => violation.invariant);
      expect(found, `${invariant}: ${what}`).toContain(invariant);
    }
    expect(new Set(PLANTED.map(({ invariant }) => invariant))).toEqual(new Set(Object.keys(INVARIANTS)));
  });
});
