import { UnreadableAnswerError } from './errors.ts';

/** The SDK takes no signal, and its timeout is silence, not a deadline: a body that drips would outlive the lease. */
export async function within<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return await new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason instanceof Error ? signal.reason : new UnreadableAnswerError('aborted'));
    signal.addEventListener('abort', abort, { once: true });
    send()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}
