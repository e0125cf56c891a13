import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ScheduleError, type ScheduleErrorCode } from './errors.ts';
import type { Player } from './explore.ts';
import type { Ask, ThreadData, Told } from './thread.ts';

/** Starts a thread that plays schedules. The template `shop` must be there. */
export async function startThread(data: ThreadData): Promise<Player & { stop(): Promise<unknown> }> {
  const thread = new Worker(new URL('./thread.ts', import.meta.url), { workerData: data });
  const waiting = new Map<number, { resolve: (told: Told) => void; reject: (error: unknown) => void }>();
  let asked = 0;
  await once(thread, 'message');
  thread.on('message', (told: Told) => {
    waiting.get(told.number)?.resolve(told);
    waiting.delete(told.number);
  });
  const fail = (error: unknown) => {
    for (const { reject } of waiting.values()) reject(error);
  };
  thread.on('error', fail);
  thread.on('exit', (code) => fail(new ScheduleError('THREAD_ENDED', `a thread ended with ${code}`)));
  return {
    lanes: data.lanes,
    play: async ({ scenario, steps }) => {
      const ask: Ask = { number: asked++, scenario: scenario.id, steps };
      const told = await new Promise<Told>((resolve, reject) => {
        waiting.set(ask.number, { resolve, reject });
        thread.postMessage(ask);
      });
      if (!('error' in told)) return told;
      throw new ScheduleError(
        (told.code as ScheduleErrorCode) ?? 'THREAD_ENDED',
        `${scenario.id}:${steps}: ${told.error}`,
      );
    },
    stop: () => thread.terminate(),
  };
}
