import type { Part } from './part.ts';
import { soakPart } from './soak/part.ts';

/** In the order of `pnpm proof all`. */
export const PARTS: readonly Part[] = [soakPart];
