import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A worker of the library's in a thread of its own, as it is in a process of its own otherwise. */
export interface Expiry {
  /** Lets expire whatever is past its retention; resolves when there is nothing more. */
  run(): Promise<void>;
  close(): Promise<void>;
}

export async function openExpiry(url: string): Promise<Expiry> {
  const thread = new Worker(new URL('./expiring-worker-thread.ts', import.meta.url), { workerData: url });
  await once(thread, 'message'); // it is connected
  return {
    run: async () => {
      thread.postMessage('expire');
      await once(thread, 'message');
    },
    close: async () => void (await thread.terminate()),
  };
}
