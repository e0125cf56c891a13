import { ApiError, withDocUrl } from './errors.ts';

/** How long a request waits for the one that holds its intent. */
const WAIT_MS = 1_000;

/** One request at a time may change an intent; the others wait in the order in which they came. */
export class ObjectLocks {
  readonly #waiting = new Map<string, (() => void)[]>();

  /**
   * @returns releases the lock.
   * @throws {ApiError} 429 lock_timeout: somebody else has held it all the time.
   */
  async acquire(id: string): Promise<() => void> {
    const queue = this.#waiting.get(id);
    if (queue) await waitIn(queue);
    else this.#waiting.set(id, []);
    return () => this.#release(id);
  }

  #release(id: string): void {
    // Handed to the next in line without ever being free, so that a newcomer cannot overtake it.
    const next = this.#waiting.get(id)?.shift();
    if (next) next();
    else this.#waiting.delete(id);
  }
}

function waitIn(queue: (() => void)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const turn = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      queue.splice(queue.indexOf(turn), 1);
      reject(lockTimeout());
    }, WAIT_MS);
    queue.push(turn);
  });
}

export function lockTimeout(): ApiError {
  const body = withDocUrl({
    type: 'invalid_request_error',
    code: 'lock_timeout',
    message:
      'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate.',
  });
  return new ApiError(429, body, 'yes');
}
