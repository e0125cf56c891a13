import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition, at most 20 s. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | false | undefined> | T | false | undefined,
): Promise<T> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(20)) {
    const value = await condition();
    if (value) return value;
  }
  throw new RangeError(`waited in vain for: ${what}`);
}
