import { setTimeout as sleep } from 'node:timers/promises';
import { fullJitter } from '@once/checkout';

export interface LoopOptions {
  readonly name: string;
  /** Pause after a turn that found nothing, on average. */
  readonly pollMs: number;
  /** One batch. @returns how many it took on; more than none: the next turn follows at once */
  readonly turn: (signal: AbortSignal) => Promise<number>;
  readonly onTurn?: (name: string, taken: number) => void;
  readonly onError?: (name: string, error: unknown) => void;
}

export interface Loop {
  /** Lets the turn under way finish, then starts no other. */
  stop(): Promise<void>;
}

const MAX_BACKOFF_MS = 30_000;

/** Takes turns until it is stopped. A turn that throws is followed by another, later each time. */
export function startLoop(options: LoopOptions): Loop {
  const stopping = new AbortController();
  const ended = run(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

async function run(options: LoopOptions, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    const taken = await options.turn(signal).catch((error: unknown) => {
      options.onError?.(options.name, error);
      return undefined;
    });
    if (taken === undefined) {
      failures += 1;
      await pause(fullJitter(failures, { baseMs: options.pollMs, maxMs: MAX_BACKOFF_MS }), signal);
      continue;
    }
    failures = 0;
    options.onTurn?.(options.name, taken);
    if (taken === 0) await pause(options.pollMs * (0.5 + Math.random()), signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {}); // aborted: the loop sees it
}
