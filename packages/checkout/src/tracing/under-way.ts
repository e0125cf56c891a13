import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes, randomUUID } from 'node:crypto';
import { type AttemptName, pressOf, type SpanName, traceparentOf } from './attempt-trace.ts';
import { type Asks, tracing } from './tracing.ts';

// What this process is doing just now, for its log lines and for whoever it asks: which request, and whose attempt. It is
// known whether or not traces are exported.

interface UnderWay {
  readonly requestId: string;
  readonly arrivedAtMs: number;
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  readonly attempt?: AttemptName & SpanName;
}

// Next loads a module more than once in one process; of all that, only globalThis is one.
const KEY = Symbol.for('once.under-way');
const all = globalThis as { [KEY]?: AsyncLocalStorage<UnderWay> };
all[KEY] ??= new AsyncLocalStorage<UnderWay>();
const here = all[KEY];

/** Of a request: it has no name that somebody else has given it, or none that is fit for a log. */
const fresh = (): UnderWay => ({
  requestId: randomUUID(),
  arrivedAtMs: Date.now(),
  traceparent: null,
  tracestate: null,
});

/**
 * Everything that `work` logs says which request it belongs to. Anybody may write anything into the headers: an
 * `x-request-id` that could forge a line is not taken over.
 */
export function inRequest<T>({ headers }: { readonly headers: Headers }, work: () => T): T {
  const given = headers.get('x-request-id') ?? '';
  const arrived = {
    ...fresh(),
    ...(/^[\w.-]{1,64}$/.test(given) && { requestId: given }),
    traceparent: headers.get('traceparent'),
    tracestate: headers.get('tracestate'),
  };
  return here.run(arrived, work);
}

/** Does a piece of work on an attempt, in that attempt's trace. @param name of the piece, which is a span */
export async function inAttempt<T>(attempt: AttemptName, name: string, work: () => Promise<T>): Promise<T> {
  const before = here.getStore() ?? fresh();
  const press = pressOf(attempt);
  if (before.attempt?.traceId === press.traceId) return await work();
  const run = () => here.run({ ...before, attempt: { ...attempt, ...press } }, work);
  const sender = senderIn(before.traceparent, press.traceId);
  const of = { name, press, parentSpanId: sender ?? press.spanId, isRequest: sender !== undefined };
  return await (tracing()?.piece({ ...of, startedAtMs: before.arrivedAtMs }, run) ?? run());
}

/** The span that sent a request: the browser's, or one of a proxy in between. What names another trace has no say here. */
function senderIn(traceparent: string | null, traceId: string): string | undefined {
  const [, named, spanId = ''] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(traceparent ?? '') ?? [];
  return named === traceId && !/^0+$/.test(spanId) ? spanId : undefined;
}

/** A browser that came late, or one that says so. */
const LONGEST_PRESS_MS = 600_000;

/** When Pay was pressed, by our clock: the browser says how long ago that was. */
export function pressedAtMs(): number | undefined {
  const store = here.getStore();
  if (!store) return undefined;
  const [, ago = '0'] = /(?:^|,)\s*once=(\d{1,6})\s*(?:,|$)/.exec(store.tracestate ?? '') ?? [];
  return store.arrivedAtMs - Math.min(Number(ago), LONGEST_PRESS_MS);
}

/** Fields for every line of a log: nothing of a person's, and nothing that came from outside unread. */
export function underWayFields(): { request_id?: string; trace_id?: string; attempt?: number } {
  const store = here.getStore();
  if (!store) return {};
  const { requestId, attempt } = store;
  return { request_id: requestId, ...(attempt && { trace_id: attempt.traceId, attempt: attempt.attempt }) };
}

/** The attempt that is worked on. */
export const attemptUnderWay = (): (AttemptName & SpanName) | undefined => here.getStore()?.attempt;

/** Headers for whoever is asked, so that its journal can say the same. @param asks the span that does, where there is one */
export function headersUnderWay(asks?: Asks): Record<string, string> {
  const store = here.getStore();
  if (!store) return {};
  const { requestId, attempt } = store;
  const span = asks ?? (attempt && { ...attempt, spanId: randomBytes(8).toString('hex'), isSampled: false });
  return {
    baggage: `request_id=${requestId}${attempt ? `,attempt=${attempt.attempt}` : ''}`,
    ...(span && { traceparent: traceparentOf(span, span.isSampled) }),
  };
}
