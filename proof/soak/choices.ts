import { createHash } from 'node:crypto';

/**
 * Choices that a seed makes. Each name has a sequence of its own, so that what one shopper draws does not depend on how
 * fast the others were.
 */
export class Choices {
  readonly #name: string;
  #drawn = 0;

  constructor(seed: string, ...name: readonly (string | number)[]) {
    this.#name = [seed, ...name].join('/');
  }

  chance(probability: number): boolean {
    return this.#number() < probability;
  }

  /** A whole number; both ends may come. */
  between(low: number, high: number): number {
    return low + Math.floor(this.#number() * (high - low + 1));
  }

  one<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)] as T;
  }

  /** @param weights how often each of them, relative to the others */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const entries = Object.entries(weights) as [T, number][];
    let left = this.#number() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    return (entries.at(-1) as [T, number])[0];
  }

  /** 0 ≤ x < 1 */
  #number(): number {
    return (
      createHash('sha256')
        .update(`${this.#name}/${this.#drawn++}`)
        .digest()
        .readUInt32BE(0) /
      2 ** 32
    );
  }
}
