import { endHolds, type Shop } from '@once/checkout';
import { createWorker } from '@once/idempotency/worker';
import type { Logger } from 'pino';
import { type DeliverOptions, type DeliveryFailure, deliver } from './deliver.ts';
import { type Loop, startLoop } from './loop.ts';
import type { Metrics } from './metrics.ts';

// Loops that know nothing of each other. Each takes its work by guarded statements, so any number of workers may run.
//
//   resume    operations whose process died or that wait for the provider   (the library's worker)
//   expire    what is kept of settled operations, past its retention        (the same)
//   holds     holds that ran out
//   deliver   mails in the outbox

const POLL_MS = 1_000;
const BATCH = 20;

export interface LoopsOptions {
  readonly shop: Shop;
  readonly delivery: Omit<DeliverOptions, 'db' | 'onFailure'>;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Starts all of them. `stop` lets what is under way finish. */
export function startLoops({ shop, delivery, metrics, log }: LoopsOptions): Loop {
  const onError = (loop: string, error: unknown) => {
    metrics.failed(loop);
    log.error({ loop, err: error }, 'loop failed');
  };
  const onFailure = ({ error, alert, ...mail }: DeliveryFailure) => {
    metrics.failed('deliver');
    log[alert ? 'error' : 'warn']({ loop: 'deliver', ...mail, err: error }, 'mail not sent');
  };
  const resume = createWorker(shop.once, Object.values(shop.workflows), {
    pollMs: POLL_MS,
    batch: BATCH,
    onError: (error) => onError('resume', error),
  });
  resume.start();
  const turns = {
    holds: async () => {
      await endHolds(shop, { limit: BATCH });
      // Always a pause between two turns: a hold that cannot be ended yet (the provider is away) is found again.
      return 0;
    },
    deliver: (signal: AbortSignal) => deliver({ ...delivery, db: shop.db, onFailure }, BATCH, signal),
  };
  const loops = Object.entries(turns).map(([name, turn]) =>
    startLoop({ name, turn, pollMs: POLL_MS, onTurn: metrics.turned, onError }),
  );
  return {
    stop: async () => {
      await Promise.all([resume.stop(), ...loops.map((loop) => loop.stop())]);
    },
  };
}
