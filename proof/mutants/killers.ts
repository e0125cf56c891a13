import type { Killer } from './mutant.ts';

type In = (file: string, title: string) => Killer;

export const library: In = (file, title) => ({
  layer: 'library',
  file: `packages/idempotency/test/${file}.test.ts`,
  title,
});

export const shop: In = (file, title) => ({ layer: 'shop', file: `packages/checkout/test/${file}.test.ts`, title });
