import type { Attention } from '@once/checkout';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  readonly turned: (loop: string, taken: number) => void;
  readonly failed: (loop: string) => void;
  /** An operation that no machine goes on with. */
  readonly parked: (operation: string) => void;
  readonly attention: (counted: Attention) => void;
}

export function openMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const labelNames = ['loop'];
  const taken = new Counter({ name: 'once_loop_taken_total', help: 'Pieces of work taken on.', labelNames, registers });
  const failed = new Counter({
    name: 'once_loop_failed_total',
    help: 'Turns or pieces that failed.',
    labelNames,
    registers,
  });
  const turned = new Gauge({
    name: 'once_loop_turned_seconds',
    help: 'Unix time of the last whole turn: one that stands still is stuck.',
    labelNames,
    registers,
  });
  const parked = new Counter({
    name: 'once_parked_total',
    help: 'Operations that wait for a person.',
    labelNames: ['operation'],
    registers,
  });
  const attention = new Gauge({
    name: 'once_needs_review',
    help: 'What waits for a person now: orders, events, letters, differences of the ledger.',
    labelNames: ['what'],
    registers,
  });
  return {
    registry,
    turned: (loop, count) => {
      taken.inc({ loop }, count);
      turned.setToCurrentTime({ loop });
    },
    failed: (loop) => failed.inc({ loop }),
    parked: (operation) => parked.inc({ operation }),
    attention: (counted) => {
      for (const [what, count] of Object.entries(counted)) attention.set({ what }, count);
    },
  };
}
