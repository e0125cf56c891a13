// The places that schedules of one scenario lead through, and how many ways there are to each of them.

interface Place {
  /** Steps from the beginning: the same on every way, since each process has heard the same. */
  readonly depth: number;
  readonly from: string[];
}

export class Graph {
  readonly #places = new Map<string, Place>();

  /** A schedule has come to a place by one step from another. @returns whether it is the first */
  arrive(from: string, name: string, depth: number): boolean {
    const place = this.#places.get(name);
    if (place === undefined) this.#places.set(name, { depth, from: [from] });
    else place.from.push(from);
    return place === undefined;
  }

  /** How many schedules there are, each of which ends at one of the places. */
  paths(): number {
    const ways = new Map<string, number>([[BEGINNING, 1]]);
    let sum = 0;
    for (const [name, { from }] of [...this.#places].sort(([, a], [, b]) => a.depth - b.depth)) {
      const here = from.reduce((all, one) => all + (ways.get(one) ?? 0), 0);
      ways.set(name, here);
      sum += here;
    }
    return sum;
  }
}

/** Before the first step, when all stand at their first gates. */
export const BEGINNING = 'the beginning';
