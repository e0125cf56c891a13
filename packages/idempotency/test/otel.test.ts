import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { expect, test } from 'vitest';
import { answered, createOnce, unknown, workflow } from '../src/index.ts';
import { openTelemetry } from '../src/otel.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();
context.setGlobalContextManager(new AsyncLocalStorageContextManager());

/** A `once` whose telemetry is kept in memory. */
function watched() {
  const spans = new InMemorySpanExporter();
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
  const telemetry = openTelemetry({
    tracer: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).getTracer('test'),
    meter: new MeterProvider({ readers: [reader] }).getMeter('test'),
  });
  const once = createOnce({ database: driver.database, ...telemetry });
  const counted = async () => {
    await reader.forceFlush();
    const all = metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return all.flatMap(({ descriptor, dataPoints }) => dataPoints.map((point) => ({ ...descriptor, ...point })));
  };
  return { once, counted, spans: () => spans.getFinishedSpans() };
}

test('a try is a span with its transitions as events, transactions and calls are spans inside it, and each is counted and timed', async () => {
  const scope = aScope();
  const pay = workflow<{ tx: PostgresTx; services: object }>('order.pay')
    .transaction('reserve', async () => ({ secret: 'payload' }))
    .call('charge', { send: async () => answered({ secret: 'payload' }) })
    .transaction('settle', async () => ({ secret: 'payload' }));
  const { once, counted, spans } = watched();
  const request = { scope, key: 'the-key', input: null };
  await once.run(pay, request);
  await once.run(pay, { ...request, replayHint: true });
  expect(spans().map(({ name }) => name)).toEqual([
    'once order.pay reserve',
    'once order.pay charge',
    'once order.pay settle',
    'once order.pay',
    'once order.pay',
  ]);
  const [reserve, call, settle, first, replay] = spans();
  for (const part of [reserve, call, settle]) {
    expect(part?.parentSpanContext?.spanId).toBe(first?.spanContext().spanId);
  }
  expect(reserve?.events.map(({ name }) => name)).toEqual(['once.claimed']);
  expect(first?.events.map(({ name }) => name)).toEqual(['once.advanced', 'once.settled']);
  expect(first?.attributes).toMatchObject({ 'once.operation': 'order.pay', 'once.status': 'succeeded' });
  expect(replay?.attributes).toMatchObject({ 'once.replayed': true });
  const points = await counted();
  const transitions = points.filter(({ name }) => name === 'once.transitions');
  expect(transitions.map(({ attributes, value }) => [attributes['once.event'], value])).toEqual([
    ['claimed', 1],
    ['advanced', 1],
    ['settled', 1],
    ['replayed', 1],
  ]);
  const durations = points.filter(({ name }) => name === 'once.duration');
  expect(durations).toHaveLength(5);
  const told = JSON.stringify([
    points,
    ...spans().map(({ name, attributes, events, status }) => [name, attributes, events, status]),
  ]);
  for (const secret of [scope, 'the-key', 'payload']) expect(told).not.toContain(secret);
});

test('an error marks its span by its type, never by its text', async () => {
  const { once, counted, spans } = watched();
  const request = { operation: 'order.create', scope: aScope(), key: 'k', input: {} };
  const broken = once.transaction(request, async () => {
    throw new TypeError('4242 4242 4242 4242 was refused');
  });
  await expect(broken).rejects.toThrow('4242');
  await once.transaction(request, async () => 1);
  await expect(once.transaction({ ...request, input: { n: 1 } }, async () => 1)).rejects.toThrow('another input');
  const [thrown, , refused] = spans().filter(({ attributes }) => attributes['once.phase'] === undefined);
  expect(thrown).toMatchObject({ status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'TypeError' } });
  expect(refused?.attributes['error.type']).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
  const refusals = (await counted()).filter(({ attributes }) => attributes['once.event'] === 'refused');
  expect(refusals).toMatchObject([{ value: 1, attributes: { 'error.type': 'IDEMPOTENCY_FINGERPRINT_MISMATCH' } }]);
  expect(JSON.stringify(spans().map(({ events, status, attributes }) => [events, status, attributes]))).not.toContain(
    '4242',
  );
});

test('what a worker finishes has spans of its own', async () => {
  const scope = aScope();
  const { once, spans } = watched();
  const work = workflow<{ tx: PostgresTx; services: object }>(`work.${scope}`)
    .transaction('begin', async () => 1)
    .call('call', { send: async () => unknown('down', 0) })
    .transaction('end', async () => 1);
  await once.run(work, { scope, key: 'k', input: null });
  await createWorker(once, [work]).runOnce();
  const [call, tried] = spans().slice(-2);
  expect(tried?.attributes).toMatchObject({ 'once.worker': true, 'once.status': 'unknown' });
  expect(call?.parentSpanContext?.spanId).toBe(tried?.spanContext().spanId);
});

test('a worker works on a record inside a context that follows from its key', async () => {
  const { once, spans } = watched();
  const request = { scope: aScope(), key: 'k' };
  const operation = `work.${request.scope}`;
  const work = workflow<{ tx: PostgresTx; services: object }>(operation)
    .transaction('begin', async () => 1)
    .call('call', { send: async () => unknown('down', 0) })
    .transaction('end', async () => 1);
  await once.run(work, { ...request, input: null });
  const begun = spans().length;
  const parent = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  const asked: object[] = [];
  const enclose = async (record: object, whole: () => Promise<void>) => {
    asked.push(record);
    await context.with(trace.setSpanContext(context.active(), parent), whole);
  };
  await createWorker(once, [work], { enclose }).runOnce();
  expect(asked).toEqual([{ operation, ...request }]);
  const taken = spans().slice(begun);
  expect(taken.map((span) => span.spanContext().traceId)).toEqual(taken.map(() => parent.traceId));
  expect(taken.at(-1)?.parentSpanContext?.spanId).toBe(parent.spanId);
});
