// `pnpm proof <part> [options…]`: gathers one kind of evidence and says whether it holds; `all` gathers every kind.

// @boundaries-ignore one way to say what went wrong
import { explain } from '../scripts/errors.ts';
import { ProofError } from './errors.ts';
import type { Part } from './part.ts';
import { PARTS } from './parts.ts';

try {
  const [name, ...args] = process.argv.slice(2);
  for (const part of chosen(name)) {
    console.log(`── ${part.name}: ${part.what}`);
    if (!(await part.run(args))) process.exitCode = 1;
  }
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

function chosen(name: string | undefined): readonly Part[] {
  if (name === 'all') return PARTS;
  const part = PARTS.find((one) => one.name === name);
  if (part) return [part];
  const names = PARTS.map((one) => one.name).join(', ');
  throw new ProofError('PART_UNKNOWN', `pnpm proof <part>: ${names}, or all; proof/README.md says what each is`);
}
