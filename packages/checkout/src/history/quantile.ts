/** Of how many it is, and what half of them and 95 % of them took at most. */
export interface Spread {
  readonly count: number;
  readonly p50Seconds: number;
  readonly p95Seconds: number;
}

/**
 * As Prometheus reckons them (`histogram_quantile`): between the two bounds of a bucket a straight line is assumed, and what is
 * over the highest bound is taken to be at it.
 *
 * @param bounds upper ones, rising
 * @param upTo how many took no longer than that bound
 * @returns null: nothing was measured
 */
export function spreadOf(bounds: readonly number[], upTo: (bound: number) => number): Spread | null {
  const buckets = [...bounds, Infinity].map((bound) => ({ bound, count: upTo(bound) }));
  const count = buckets.at(-1)?.count ?? 0;
  if (count === 0) return null;
  return { count, p50Seconds: quantile(0.5 * count, buckets), p95Seconds: quantile(0.95 * count, buckets) };
}

function quantile(rank: number, buckets: readonly { readonly bound: number; readonly count: number }[]): number {
  let below = { bound: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= rank) {
      if (bucket.bound === Infinity) return below.bound;
      return below.bound + ((bucket.bound - below.bound) * (rank - below.count)) / (bucket.count - below.count);
    }
    below = bucket;
  }
  return below.bound;
}
