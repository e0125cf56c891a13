import { createHash, timingSafeEqual } from 'node:crypto';
import type { Db } from '@once/db';
import type { IdempotencyEvent, Span } from '@once/idempotency';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { OPERATION_BOUNDS, UNKNOWN_BOUNDS } from './bounds.ts';
import { type Figures, readFigures } from './figures.ts';

// What Prometheus reads at /metrics. Two sources, so that nothing is counted twice: what this process did is counted here, in
// every process, and summed over them; how the shop stands is read from the database when somebody asks, by the worker alone.

export interface OperationMetrics {
  readonly registry: Registry;
  readonly observe: (event: IdempotencyEvent) => void;
  readonly span: Span;
  /** Lets what alerts watch begin at 0: a counter that appears with its first events has not risen, for Prometheus. */
  readonly beginAtZero: (operations: readonly string[]) => void;
}

/** What this process did with operations. Labels are names out of the code: never a key, an id or anything of a person's. */
export function operationMetrics(): OperationMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const transitions = new Counter({
    name: 'once_transitions_total',
    help: 'Changes of state, replays and refusals: replayed is a suppressed duplicate, taken_over a process that was gone.',
    labelNames: ['operation', 'event'],
    registers,
  });
  const tries = new Counter({
    name: 'once_tries_total',
    help: 'Tries at operations by how they ended; of checkout.pay, succeeded and not replayed is a purchase.',
    labelNames: ['operation', 'outcome', 'replayed'],
    registers,
  });
  const seconds = new Histogram({
    name: 'once_operation_seconds',
    help: 'Duration of a try; with a phase, of that call to the provider.',
    labelNames: ['operation', 'phase'],
    buckets: OPERATION_BOUNDS,
    registers,
  });
  const unknown = new Histogram({
    name: 'once_unknown_seconds',
    help: 'How long it was unknown what had become of a call; of those that are known by now.',
    labelNames: ['operation'],
    buckets: UNKNOWN_BOUNDS,
    registers,
  });
  return {
    registry,
    beginAtZero: (operations) => {
      for (const operation of operations) {
        for (const event of ['taken_over', 'lease_lost', 'unknown', 'replayed'])
          transitions.inc({ operation, event }, 0);
      }
    },
    observe: ({ operation, name, unknownMs }) => {
      transitions.inc({ operation, event: name });
      if (unknownMs !== undefined) unknown.observe({ operation }, unknownMs / 1_000);
    },
    span: async ({ operation, phase, call }, work) => {
      // A try's transactions are part of its time.
      if (phase !== undefined) return await work();
      const ended = seconds.startTimer({ operation, phase: call ?? '' });
      try {
        const result = await work();
        if (call === undefined) tries.inc({ operation, ...endOf(result) });
        return result;
      } catch (error) {
        if (call === undefined) tries.inc({ operation, outcome: 'error', replayed: 'false' });
        throw error;
      } finally {
        ended();
      }
    },
  };
}

function endOf(result: unknown): { outcome: string; replayed: string } {
  const { status = 'none', replayed = false } = (result ?? {}) as { status?: string; replayed?: boolean };
  return { outcome: status, replayed: String(replayed) };
}

/** @returns what reads the figures of now into the registry; a database that is away shows as `once_figures_up 0` */
export function figureMetrics(registry: Registry, db: Db): () => Promise<void> {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const gauges = {
    up: gauge('once_figures_up', 'Whether the figures of the database could be read.'),
    attention: gauge('once_needs_review', 'What waits for a person.', ['what']),
    records: gauge('once_records', 'Records that are not settled.', ['operation', 'state']),
    overdue: gauge('once_records_overdue_seconds', 'How long the oldest record has been due and not taken over.'),
    expiry: gauge('once_expiry_lag_seconds', 'How long the oldest settled record is past its retention.'),
    waiting: gauge('once_waiting', 'unknown: payments and refunds nobody knows the answer of; inbox; outbox.', [
      'what',
    ]),
    oldest: gauge('once_waiting_oldest_seconds', 'Since when the oldest of them waits; 0: none does.', ['what']),
    connections: gauge('once_connections', 'Connections to the database.', ['application']),
  };
  return async () => {
    const figures = await readFigures(db).catch(() => undefined);
    // What is not known is not shown: the last figures would look like those of now.
    for (const one of Object.values(gauges)) one.reset();
    // Without labels, reset is back to 0, which is a figure too.
    for (const one of [gauges.overdue, gauges.expiry]) one.remove();
    gauges.up.set(figures ? 1 : 0);
    if (figures) show(figures, gauges);
  };
}

type Gauges = Readonly<
  Record<'attention' | 'records' | 'overdue' | 'expiry' | 'waiting' | 'oldest' | 'connections', Gauge>
>;

function show(figures: Figures, gauges: Gauges): void {
  for (const [what, count] of Object.entries(figures.attention)) gauges.attention.set({ what }, count);
  for (const { operation, state, count } of figures.records) gauges.records.set({ operation, state }, count);
  gauges.overdue.set(figures.overdueSeconds);
  gauges.expiry.set(figures.expiryLagSeconds);
  for (const what of ['unknown', 'inbox', 'outbox'] as const) {
    gauges.waiting.set({ what }, figures[what].count);
    gauges.oldest.set({ what }, figures[what].oldestSeconds);
  }
  for (const { application, count } of figures.connections) gauges.connections.set({ application }, count);
}

/** Whether a request with this `Authorization` knows the token. */
export function knowsToken(authorization: string | null | undefined, token: string): boolean {
  return timingSafeEqual(digestOf(authorization ?? ''), digestOf(`Bearer ${token}`));
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();
