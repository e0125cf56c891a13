// OpenTelemetry: `createOnce({ database, ...openTelemetry() })`. A span for every try at an operation, with its transitions
// as events, and one inside it for every transaction and every call; a counter of transitions, a histogram of durations.
// Never a scope, a key, an input, an outcome or the text of an error: any of them may be somebody's.
import { type Attributes, type Meter, metrics, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { IdempotencyEvent, Span, SpanOf } from './engine.ts';

export interface Telemetry {
  readonly observe: (event: IdempotencyEvent) => void;
  readonly span: Span;
}

const library = '@once/idempotency';

/** @param options.tracer, options.meter of your own; by default those of the registered providers. */
export function openTelemetry(options: { readonly tracer?: Tracer; readonly meter?: Meter } = {}): Telemetry {
  const { tracer = trace.getTracer(library), meter = metrics.getMeter(library) } = options;
  const transitions = meter.createCounter('once.transitions', {
    description: 'Changes of state, replays and refusals',
  });
  const duration = meter.createHistogram('once.duration', { unit: 's', description: 'Tries at operations, and calls' });
  return {
    observe: ({ name, operation, fence, phase, code, retryAfterMs }) => {
      const type = code === undefined ? {} : { 'error.type': code };
      transitions.add(1, { 'once.operation': operation, 'once.event': name, ...type });
      const facts = { 'once.fence': fence, 'once.phase': phase, 'once.retry_after_ms': retryAfterMs, ...type };
      trace.getActiveSpan()?.addEvent(`once.${name}`, facts as Attributes);
    },
    span: (of, work) => {
      const startedAt = performance.now();
      return tracer.startActiveSpan(nameOf(of), { attributes: attributesOf(of) }, async (span) => {
        let how: Attributes = {};
        try {
          const result = await work();
          how = statusOf(result);
          return result;
        } catch (error) {
          how = { 'error.type': typeOf(error) };
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.setAttributes(how).end();
          const kind = { 'once.operation': of.operation, ...partOf(of) };
          duration.record((performance.now() - startedAt) / 1_000, { ...kind, ...how });
        }
      });
    },
  };
}

const nameOf = ({ operation, phase, call }: SpanOf) => ['once', operation, phase ?? call].filter(Boolean).join(' ');

const attributesOf = (of: SpanOf): Attributes => ({
  'once.operation': of.operation,
  'once.record_id': of.recordId,
  ...(partOf(of) ?? { 'once.worker': of.worker ?? false }),
});

/** Undefined: the whole try. */
function partOf({ phase, call }: SpanOf): Attributes | undefined {
  if (phase !== undefined) return { 'once.phase': phase };
  return call === undefined ? undefined : { 'once.call': call };
}

/** Of an outcome or of a call's answer: both say how it stands. */
function statusOf(result: unknown): Attributes {
  const { status, replayed } = (result ?? {}) as { readonly status?: string; readonly replayed?: boolean };
  return { ...(status !== undefined && { 'once.status': status }), ...(replayed && { 'once.replayed': true }) };
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
