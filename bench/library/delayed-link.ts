import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A way to Postgres on which everything that the client sends arrives late. */
export interface DelayedLink {
  readonly url: string;
  /** How often a client has sent something after the server had said something. */
  trips(): number;
  close(): Promise<void>;
}

/** In a thread of its own: what the client computes must not make the link any longer. */
export async function openDelayedLink(target: string, delayMs: number): Promise<DelayedLink> {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const { hostname, port } = new URL(target);
  const worker = new Worker(new URL('./delayed-link-thread.ts', import.meta.url), {
    workerData: { host: hostname, port: Number(port), delayMs, counter },
  });
  const [listening]: number[] = await once(worker, 'message');
  const url = new URL(target);
  url.port = String(listening);
  return {
    url: url.href,
    trips: () => Atomics.load(counter, 0),
    close: async () => void (await worker.terminate()),
  };
}
