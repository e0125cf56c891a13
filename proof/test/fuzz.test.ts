import fc from 'fast-check';
import { expect, test } from 'vitest';
// @boundaries-ignore the shop's own list of what can be asked
import { appRouter } from '../../apps/web/src/server/api/router.ts';
import type { Door } from '../fuzz/doors.ts';
import { fuzz } from '../fuzz/fuzz.ts';
import { procedures } from '../fuzz/procedures.ts';

test('every procedure of the API is asked', () => {
  const { procedures: known } = appRouter._def;
  expect(Object.keys(procedures({ checkoutId: '', slug: '' })).sort()).toEqual(Object.keys(known).sort());
});

test('a shop stays well whatever it is sent, and what would break it is found', { timeout: 180_000 }, async () => {
  const planted: Door = {
    name: 'planted',
    input: fc.string(),
    knock: async (input) => {
      if ((input as string).includes('#')) throw new Error('answered 500');
    },
  };
  const { sent, broken, ill, stillSells } = await fuzz({ seed: 1, seconds: 6 }, [planted]);
  expect(ill).toEqual([]);
  expect(broken).toEqual([expect.stringContaining('planted: Error: answered 500 by ["#"]')]);
  expect(stillSells).toBe(true);
  for (const [door, times] of Object.entries(sent)) expect(times, door).toBeGreaterThan(0);
});
