import { expect, it } from 'vitest';
import { failovers } from '../failover/part.ts';

it('a primary is lost under load: nobody pays twice, and nothing is lost that a standby was waited for', async () => {
  const tallies = await failovers({ kinds: ['sync', 'split'], times: 1, seed: 'test' });
  for (const { kind, violations, failovers: done } of tallies) {
    expect({ kind, done, violations }).toEqual({ kind, done: 1, violations: [] });
  }
}, 240_000);
