// The real purchase while the provider's process dies in the middle of a call, nobody can connect to it, or its day passes.
// Those faults are everybody's, so the purchases come one after the other, at a provider of their own.
import { describe, expect, it } from 'vitest';
import { type Action, expectOneTruth } from './faulty-purchase.ts';
import { conservation, shopOfFile } from './shop.ts';

const COPIES = 40;

const { provider, test } = await shopOfFile({ copies: COPIES });

const ACTIONS: [string, Action][] = [
  ['killed before anything has happened', 'crash_before_commit'],
  ['killed after it was done', 'crash_after_commit'],
  ['not to be reached', { name: 'refuse', ms: 300 }],
  ['a day further, its keys and tokens of before gone', { name: 'advance', hours: 25 }],
];

describe.each(['create', 'confirm', 'retrieve', 'cancel'] as const)('%s: the provider is', (call) => {
  it.each(ACTIONS)('%s, once', async (_, action) => {
    await expectOneTruth({ provider, test }, call, action, 1);
  });

  it.each(ACTIONS)('%s, three times in a row', async (_, action) => {
    await expectOneTruth({ provider, test }, call, action, 3);
  });
});

it('after all of this every copy is there', async () => {
  const { available, held, sold } = await conservation(test.shop);
  expect(available + held + sold).toBe(COPIES);
});
