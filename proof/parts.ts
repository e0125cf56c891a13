import { failoverPart } from './failover/part.ts';
import { fuzzPart } from './fuzz/part.ts';
import { model } from './model/part.ts';
import { mutants } from './mutants/part.ts';
import { mutate } from './mutate/part.ts';
import type { Part } from './part.ts';
import { schedules } from './schedules/part.ts';
import { soakPart } from './soak/part.ts';

/** In the order of `pnpm proof all`. */
export const PARTS: readonly Part[] = [model, mutants, mutate, schedules, failoverPart, soakPart, fuzzPart];
