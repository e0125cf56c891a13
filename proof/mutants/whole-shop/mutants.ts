import { EVENTS } from './events.ts';
import { MONEY } from './money.ts';
import type { WholeShopMutant } from './mutant.ts';
import { PAGE } from './page.ts';
import { TAKING_OVER } from './taking-over.ts';
import { TELLING } from './telling.ts';
import { WOKEN } from './woken.ts';

export const WHOLE_SHOP_MUTANTS: readonly WholeShopMutant[] = [
  ...TAKING_OVER,
  ...WOKEN,
  ...TELLING,
  ...PAGE,
  ...EVENTS,
  ...MONEY,
];
