import { BOOKS } from './books.ts';
import type { Mutant } from './mutant.ts';
import { PAYMENT } from './payment.ts';
import { PROTOCOL } from './protocol.ts';

/** Each must be killed by the test that it names. */
export const MUTANTS: readonly Mutant[] = [...PROTOCOL, ...PAYMENT, ...BOOKS];
