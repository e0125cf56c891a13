/** Somewhere between nothing and `baseMs` doubled `tries` times: processes that failed together do not return together. */
export function fullJitter(tries: number, { baseMs, maxMs }: { baseMs: number; maxMs: number }): number {
  return Math.round(Math.random() * Math.min(maxMs, baseMs * 2 ** Math.min(tries, 30)));
}
