// What a collector of OpenTelemetry's would be sent: OTLP over HTTP, as JSON.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined: it is the first of its trace. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** Of the process that it comes from. */
  readonly service: string;
  readonly startedNs: bigint;
  readonly endedNs: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
}

export interface TraceReceiver {
  /** Standard variables of a process that is to export to it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly spans: readonly SeenSpan[];
  /** Everything that arrived, as it was. */
  readonly bodies: readonly string[];
  readonly close: () => Promise<void>;
}

export async function receiveTraces(): Promise<TraceReceiver> {
  const spans: SeenSpan[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      bodies.push(body);
      if (request.url === '/v1/traces') spans.push(...spansIn(JSON.parse(body) as Exported));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    variables: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
    spans,
    bodies,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}
interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly Attribute[];
  readonly events?: readonly { readonly name: string }[];
}

const spansIn = ({ resourceSpans }: Exported): SeenSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => seen(span, service)));
  });

const seen = (span: ExportedSpan, service: string): SeenSpan => ({
  ...{ traceId: span.traceId, spanId: span.spanId, name: span.name, service },
  parentSpanId: span.parentSpanId || undefined,
  startedNs: BigInt(span.startTimeUnixNano),
  endedNs: BigInt(span.endTimeUnixNano),
  attributes: valuesOf(span.attributes ?? []),
  events: (span.events ?? []).map(({ name }) => name),
});

const valuesOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
