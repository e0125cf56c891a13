import fc from 'fast-check';
import { expect, test } from 'vitest';
// @boundaries-ignore the shop's own list of what can be asked
import { appRouter } from '../../apps/web/src/server/api/router.ts';
import { type Door, refuse500 } from '../fuzz/doors.ts';
import { fuzz } from '../fuzz/fuzz.ts';
import { procedures } from '../fuzz/procedures.ts';

test('every procedure of the API is asked', () => {
  const { procedures: known } = appRouter._def;
  expect(Object.keys(procedures({ checkoutId: '', slug: '' })).sort()).toEqual(Object.keys(known).sort());
});

test.each([
  [500, 'Internal Server Error', /answered 500/],
  [503, '', /answered 503/],
  [400, 'Error: no\n    at readsBody (file:///srv/shop/door.ts:3:1)', /insides/],
  [200, '{"message":"Failed query: select secret from account"}', /insides/],
])('an answer with status %i and the text %j is one that nobody may get', (status, said, why) => {
  expect(() => refuse500({ status, text: said })).toThrow(why);
});

test('a plain no may be told to anybody', () => {
  expect(() => refuse500({ status: 404, text: 'There is no such page at this address.' })).not.toThrow();
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
  expect(Object.entries(sent).filter(([, times]) => times === 0)).toEqual([]);
});
