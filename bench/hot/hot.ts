import type { Bench } from '../bench.ts';
import { withLab } from '../library/lab.ts';
import { withShop } from '../purchase/shop.ts';
import { hotCopy } from './copy.ts';
import { hotKey } from './key.ts';
import { hotPromotion } from './promotion.ts';

/** What everybody wants at once: one key, one copy, one code. Against as many who want different ones. */
export const hotBench: Bench = {
  name: 'hot',
  run: async (scale) => [
    ...(await withLab((lab) => hotKey(lab, scale))),
    ...(await withShop('hot', async (shop) => [...(await hotCopy(shop, scale)), ...(await hotPromotion(shop, scale))])),
  ],
};
