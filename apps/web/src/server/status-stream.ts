import type { Status } from '@once/checkout';
import { serialize } from 'superjson';

export interface StreamLimits {
  /** Streams of this process at a time. Whoever comes beyond asks now and then instead. */
  readonly open: number;
  /** After this long the browser opens another one, perhaps at another process. */
  readonly lifeMs: number;
  /** Between two looks at the row: at first, and where nothing changes in the end. */
  readonly lookMs: readonly [first: number, last: number];
  /** So often at least something is sent: a page that hears nothing asks by itself. */
  readonly beatMs: number;
}

export const STREAM_LIMITS: StreamLimits = { open: 200, lifeMs: 60_000, lookMs: [250, 2_000], beatMs: 4_000 };

/** What the browser waits before it opens the next one. */
const AGAIN_MS = 1_000;
const SLOWER = 1.3;
/** Nothing becomes of these any more. A refusal may: the shopper presses Pay again. */
const ENDS: readonly Status['answer'][] = ['paid', 'cancelled', 'refunded', 'returned'];

let open = 0;

/**
 * A checkout's status as server-sent events: as it is, then each time that it has become another one. The row is looked at
 * again and again, since the answer may be stored by any process; nothing is kept between two looks.
 *
 * @param ask reads the status. What it throws says nothing: the next look asks again.
 * @param signal ends the stream: the browser has gone, or this process is going
 */
export function statusStream(
  ask: () => Promise<Status>,
  signal: AbortSignal,
  limits: StreamLimits = STREAM_LIMITS,
): Response {
  if (open >= limits.open) {
    return new Response(null, { status: 503, headers: { 'retry-after': '10', 'cache-control': 'no-store' } });
  }
  const left = new AbortController();
  const over = AbortSignal.any([signal, left.signal, AbortSignal.timeout(limits.lifeMs)]);
  // By the signal, which comes in any case: a stream that nobody reads any more does not end by itself.
  open += 1;
  over.addEventListener('abort', () => {
    open -= 1;
  });
  const events = follow(ask, over, limits);
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    async pull(controller) {
      const { value, done } = await events.next();
      if (done) {
        left.abort();
        controller.close();
      } else controller.enqueue(encoder.encode(value));
    },
    cancel() {
      left.abort();
    },
  });
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream',
      // Compressed, an event would wait for the next ones to fill a block.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

async function* follow(
  ask: () => Promise<Status>,
  signal: AbortSignal,
  { lookMs: [firstMs, lastMs], beatMs }: StreamLimits,
): AsyncGenerator<string, void> {
  yield `retry: ${AGAIN_MS}\n\n`;
  let told: string | undefined;
  let saidAtMs = performance.now();
  for (let waitMs = firstMs; !signal.aborted; waitMs = Math.min(lastMs, waitMs * SLOWER)) {
    const status = await ask().catch(() => undefined);
    const now = status && JSON.stringify(serialize(status));
    if (now !== undefined && now !== told) {
      told = now;
      waitMs = firstMs;
      saidAtMs = performance.now();
      yield `data: ${now}\n\n`;
    } else if (performance.now() - saidAtMs >= beatMs) {
      saidAtMs = performance.now();
      yield 'event: beat\ndata:\n\n';
    }
    if (status && ENDS.includes(status.answer)) return;
    await pause(waitMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener('abort', over);
  });
}
