import type { IdempotencyEvent, Span } from '@once/idempotency';
import type { SpanName } from './attempt-trace.ts';

/** A process that exports traces. OpenTelemetry itself is behind it, and is loaded only where somebody asks for traces. */
export interface Tracing {
  /** For operations: their transitions, and a span for every try, transaction and call. */
  readonly observe: (event: IdempotencyEvent) => void;
  readonly span: Span;
  readonly piece: <T>(piece: Piece, work: () => Promise<T>) => Promise<T>;
  /** A request to the provider. @param send is told which span asks; undefined: no trace is under way */
  readonly call: <T extends Answered>(called: Called, send: (asks?: Asks) => Promise<T>) => Promise<T>;
  /** A statement. @returns to be called when it is answered; undefined: no trace is under way */
  readonly statement: (name: string) => ((failed?: unknown) => void) | undefined;
  /** Exports what has ended so far. */
  readonly flush: () => Promise<void>;
}

/** Work on an attempt. */
export interface Piece {
  readonly name: string;
  readonly press: SpanName;
  /** The span in the press's trace that it follows. */
  readonly parentSpanId: string;
  /** Whether somebody waits for its answer. */
  readonly isRequest: boolean;
  readonly startedAtMs: number;
}

export type Asks = SpanName & { readonly isSampled: boolean };

export interface Called {
  readonly method: string;
  /** With `{id}` in place of every name. */
  readonly template: string;
}

/** What is told of an answer. Never its body. */
export interface Answered {
  readonly status: number;
  readonly requestId: string | undefined;
}

// Next loads a module more than once in one process; of all that, only globalThis is one.
const KEY = Symbol.for('once.tracing');
const here = globalThis as { [KEY]?: Tracing };

/** Undefined: this process exports no traces. */
export const tracing = (): Tracing | undefined => here[KEY];

/**
 * Begins to export, if OpenTelemetry's own variables ask for it; they say where to, how, and how much.
 *
 * @param serviceName unless `OTEL_SERVICE_NAME` says another
 */
export async function startTracing(serviceName: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (!asksForTraces(env)) return;
  const { openTracing } = await import('./otel.ts');
  here[KEY] = openTracing(serviceName, env);
}

/** A span that is the library's own, and for traces, where they are exported. */
export const alsoTraced =
  (span: Span): Span =>
  (of, work) =>
    span(of, () => tracing()?.span(of, work) ?? work());

/** Without any of these, OpenTelemetry would send to a collector on this machine that nobody has promised. */
export function asksForTraces(env: NodeJS.ProcessEnv): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  const exporter = env['OTEL_TRACES_EXPORTER'];
  if (exporter) return exporter !== 'none';
  return Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']);
}
