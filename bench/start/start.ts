import { tmpdir } from 'node:os';
import type { Bench } from '../bench.ts';
import { figureOf } from '../figure.ts';
import { withFolder } from '../measure/folder.ts';
import { type Clone, cloneInto } from './clone.ts';

/** From `git clone` to a page that has been read to its end; and from `pnpm start` to it, where it was started before. */
export const startBench: Bench = {
  name: 'start',
  run: async ({ starts }) => {
    const cold: number[] = [];
    const again: number[] = [];
    for (let i = 0; i < starts; i++) {
      await withClone(async (clone) => {
        cold.push((await clone.cloneAndServe()) / 1000);
        again.push((await clone.serve()) / 1000);
      });
    }
    return [
      figureOf(cold, { name: 'clone → served page, full pnpm store', unit: 's', target: { atMost: 30 } }),
      figureOf(again, { name: 'started again → served page', unit: 's', target: { atMost: 3 } }),
    ];
  },
};

/** The same for somebody who has never installed anything: pnpm, every package and Node itself come from the network. */
export const emptyStoreBench: Bench = {
  name: 'start-empty',
  run: async () => {
    const name = 'clone → served page, empty pnpm store';
    const seconds = await withClone(async (clone) => (await clone.cloneAndServe({ emptyStore: true })) / 1000);
    return [figureOf([seconds], { name, unit: 's', behind: 'as fast as the registry is' })];
  },
};

async function withClone<T>(work: (clone: Clone) => Promise<T>): Promise<T> {
  const cloned = async (folder: string) => {
    const clone = await cloneInto(folder);
    try {
      return await work(clone);
    } finally {
      await clone.stop();
    }
  };
  // Outside of this checkout: from within, what a clone lacks would be found in ours.
  return await withFolder('once-start', cloned, tmpdir());
}
