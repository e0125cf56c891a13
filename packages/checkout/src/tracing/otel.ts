import { randomBytes } from 'node:crypto';
import type { IdempotencyEvent } from '@once/idempotency';
import { openTelemetry } from '@once/idempotency/otel';
import {
  context,
  type ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { SpanName } from './attempt-trace.ts';
import type { Answered, Tracing } from './tracing.ts';
import { attemptUnderWay, pressedAtMs } from './under-way.ts';

/** Starts OpenTelemetry's SDK, which reads the rest of its variables itself. */
export function openTracing(serviceName: string, env: NodeJS.ProcessEnv): Tracing {
  // Otherwise the machine's name, its user's and the command line go along.
  env['OTEL_NODE_RESOURCE_DETECTORS'] ||= 'env,serviceinstance';
  // A process that is killed has told all but its last second.
  env['OTEL_BSP_SCHEDULE_DELAY'] ||= '1000';
  const ids = new Ids();
  // Figures come from /metrics and lines from standard output: traces are all that is exported.
  const sdk = new NodeSDK({
    serviceName: env['OTEL_SERVICE_NAME'] || serviceName,
    idGenerator: ids,
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  const provider = trace.getTracerProvider() as ProxyTracerProvider;
  const tracer = provider.getTracer('once');
  // Ours alone: Next and the libraries beneath it would export addresses with whatever stands in their queries.
  trace.disable();
  propagation.disable();
  const operations = openTelemetry({ tracer });

  /** On behalf of a browser, which exports nothing. */
  const begin = (press: SpanName, startTime?: number) => {
    ids.next = press;
    return tracer.startSpan('press Pay', { root: true, kind: SpanKind.CLIENT, ...(startTime && { startTime }) });
  };

  return {
    observe: (event) => {
      operations.observe(event);
      if (isFirst(event)) begin(attemptUnderWay() as SpanName, pressedAtMs()).end();
    },
    span: operations.span,
    piece: ({ name, press, parentSpanId, isRequest, startedAtMs }, work) => {
      // What the sampler says of a trace, it says for all of its spans, whichever process asks.
      const { traceFlags } = begin(press).spanContext();
      const parent = { traceId: press.traceId, spanId: parentSpanId, traceFlags, isRemote: true };
      const above = trace.setSpanContext(ROOT_CONTEXT, parent);
      const kind = isRequest ? SpanKind.SERVER : SpanKind.INTERNAL;
      const span = tracer.startSpan(name, { kind, startTime: startedAtMs }, above);
      return context.with(trace.setSpan(above, span), () => ended(span, work));
    },
    call: async ({ method, template }, send) => {
      if (!isUnderWay()) return await send();
      const attributes = { 'http.request.method': method, 'url.template': template };
      const span = tracer.startSpan(`${method} ${template}`, { kind: SpanKind.CLIENT, attributes });
      const { traceId, spanId, traceFlags } = span.spanContext();
      const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
      return await ended(span, async () => told(span, await send({ traceId, spanId, isSampled })));
    },
    statement: (name) => {
      if (!isUnderWay()) return undefined;
      const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql' } });
      return (failed) => {
        if (failed !== undefined) fail(span, failed);
        span.end();
      };
    },
    flush: async () => await (provider.getDelegate() as Flushes).forceFlush?.(),
  };
}

/** Next's own spans, which go nowhere, are no trace. */
function isUnderWay(): boolean {
  const active = trace.getActiveSpan();
  return active !== undefined && trace.isSpanContextValid(active.spanContext());
}

interface Flushes {
  readonly forceFlush?: () => Promise<void>;
}

/** Random, but for the one span whose name follows from its attempt. */
class Ids {
  next: SpanName | undefined;

  generateSpanId = (): string => this.next?.spanId ?? randomBytes(8).toString('hex');

  /** Asked after the span's, and only for one without a parent. */
  generateTraceId = (): string => {
    const { next } = this;
    this.next = undefined;
    return next?.traceId ?? randomBytes(16).toString('hex');
  };
}

/** Of all presses of an attempt, the one that begins it. */
const isFirst = ({ name, operation }: IdempotencyEvent) =>
  name === 'claimed' && operation === 'checkout.pay' && attemptUnderWay() !== undefined;

function told<T extends Answered>(span: Span, answer: T): T {
  span.setAttribute('http.response.status_code', answer.status);
  if (answer.requestId) span.setAttribute('provider.request_id', answer.requestId);
  if (answer.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
  return answer;
}

async function ended<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** By its code, never by its text: that may quote anything. */
function fail(span: Span, error: unknown): void {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  span.setAttribute('error.type', typeof code === 'string' ? code : typeof name === 'string' ? name : typeof error);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
