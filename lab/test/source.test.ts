import { describe, expect, it } from 'vitest';
// @boundaries-ignore the page's texts are what is checked
import { SCENARIOS } from '../../apps/web/src/lab/scenarios.ts';
// @boundaries-ignore as above
import { STOPS } from '../../apps/web/src/lab/stops.ts';
import { SETTINGS } from '../scenarios.ts';
import { sourceOf } from '../source.ts';

describe('what the laboratory says of the source', () => {
  it.each(Object.values(STOPS))('$file has the line that "$says" is about', (stop) => {
    const source = sourceOf(stop);
    expect(source?.code).toContain(stop.symbol.trim());
  });

  it('says of every fault what stopped it', () => {
    expect(SCENARIOS.filter(({ stops }) => stops.length < 1)).toEqual([]);
    expect(Object.keys(SETTINGS)).toEqual(SCENARIOS.map(({ id }) => id));
  });
});
