import { Counter, Gauge, type Registry } from 'prom-client';

export interface LoopMetrics {
  readonly turned: (loop: string, taken: number) => void;
  readonly failed: (loop: string) => void;
}

/** What the loops of this process did. */
export function loopMetrics(registry: Registry): LoopMetrics {
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
  return {
    turned: (loop, count) => {
      taken.inc({ loop }, count);
      turned.setToCurrentTime({ loop });
    },
    failed: (loop) => failed.inc({ loop }),
  };
}
