import { BOOKS } from './books.ts';
import { COMMIT } from './commit.ts';
import { HOLD } from './hold.ts';
import { KEY } from './key.ts';
import { MESSAGE } from './message.ts';
import type { Mutant } from './mutant.ts';
import { ORDER } from './order.ts';
import { PAY } from './pay.ts';
import { RECORD } from './record.ts';

/** Each must be killed by the test that it names. */
export const MUTANTS: readonly Mutant[] = [
  ...RECORD,
  ...KEY,
  ...COMMIT,
  ...PAY,
  ...HOLD,
  ...BOOKS,
  ...MESSAGE,
  ...ORDER,
];
