import type { PrintPage } from '#server/catalogue.ts';

interface Chosen {
  /** Undefined: none can be had. */
  readonly number: number | undefined;
  /** The one that they had chosen, where somebody else has it now. */
  readonly lost: number | undefined;
}

/** The number that was chosen may have gone to somebody meanwhile: then it is the one behind it, and they are told. */
export function chosenNumber(numbers: PrintPage['numbers'], chosen: number | undefined): Chosen {
  const free = numbers.filter(({ state }) => state === 'available').map(({ number }) => number);
  if (chosen === undefined) return { number: free[0], lost: undefined };
  if (free.includes(chosen)) return { number: chosen, lost: undefined };
  const isTheirs = numbers[chosen - 1]?.state === 'yours';
  return { number: free.find((no) => no > chosen) ?? free[0], lost: isTheirs ? undefined : chosen };
}

export const lostWords = (lost: number, next: number | undefined): string =>
  `No. ${lost} went to somebody else a moment ago.${next === undefined ? '' : ` No. ${next} is chosen now.`}`;
