import { setTimeout as pause } from 'node:timers/promises';

const AGAIN_MS = 50;
const MOST_TRIES = 400;

/** The provider's control port, which dies with the provider: whatever is asked of it is asked until it answers. */
export class Control {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** @returns undefined: it refused, or is away for good */
  async tryTo<T>(path: string, body?: object, method = body ? 'POST' : 'GET'): Promise<T | undefined> {
    for (let turn = 0; turn < MOST_TRIES; turn++) {
      try {
        const answer = await fetch(`${this.#url}${path}`, {
          method,
          ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(5_000),
        });
        const text = await answer.text();
        return answer.ok ? (JSON.parse(text) as T) : undefined;
      } catch {
        await pause(AGAIN_MS);
      }
    }
    return undefined;
  }
}
