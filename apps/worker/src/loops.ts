import {
  type Attention,
  applyEvents,
  askOpen,
  compareNextDay,
  countAttention,
  endHolds,
  returnLateMoney,
  type Shop,
  tidyUp,
} from '@once/checkout';
import { TELL_MS } from '@once/checkout/history';
import { attemptIn } from '@once/checkout/key';
import { inAttempt } from '@once/checkout/under-way';
import { createWorker } from '@once/idempotency/worker';
import type { Logger } from 'pino';
import { type DeliverOptions, type DeliveryFailure, deliver } from './deliver.ts';
import { type Loop, type LoopOptions, startLoop } from './loop.ts';
import type { LoopMetrics } from './metrics.ts';

// Loops that know nothing of each other. Each takes its work by guarded statements, so any number of workers may run.
//
//   resume      operations whose process died or that wait for the provider   (the library's worker)
//   expire      what is kept of settled operations, past its retention        (the same)
//   holds       holds that ran out
//   inbox       provider events that nobody has applied
//   reconcile   payments and refunds that have been open for a while, and money that arrived for a copy that is gone
//   compare     once a day, our ledger with the provider's, in both directions
//   deliver     mails in the outbox
//   tidy-up     carts and checkouts that were left alone for 30 days
//   watch       what waits for a person
//   history     what this process has counted, for the charts of the back office

const POLL_MS = 1_000;
/** For what nobody waits for. */
const SLOW_POLL_MS = 60_000;
const BATCH = 20;

export interface LoopsOptions {
  readonly shop: Shop;
  readonly delivery: Omit<DeliverOptions, 'db' | 'onFailure'>;
  /** Crash points of tests, of inbox and reconcile. */
  readonly at: ((point: string) => void) | undefined;
  readonly metrics: LoopMetrics;
  /** Writes down what this process has counted. */
  readonly remember: () => Promise<void>;
  readonly log: Logger;
}

/** Starts all of them. `stop` lets what is under way finish. */
export function startLoops(options: LoopsOptions): Loop {
  const { shop, metrics, log } = options;
  const onError = (loop: string, error: unknown) => {
    metrics.failed(loop);
    log.error({ loop, err: error }, 'loop failed');
  };
  const resume = createWorker(shop.once, Object.values(shop.workflows), {
    pollMs: POLL_MS,
    batch: BATCH,
    onError: (error) => onError('resume', error),
    enclose: ({ key }, work) => {
      const attempt = attemptIn(key);
      return attempt ? inAttempt(attempt, 'take over', work) : work();
    },
  });
  resume.start();
  const loops = turnsOf(options).map((loop) => startLoop({ onTurn: metrics.turned, onError, ...loop }));
  return {
    stop: async () => {
      await Promise.all([resume.stop(), ...loops.map((loop) => loop.stop())]);
    },
  };
}

function turnsOf({
  shop,
  delivery,
  at,
  metrics,
  remember,
  log,
}: LoopsOptions): Pick<LoopOptions, 'name' | 'pollMs' | 'turn'>[] {
  const onFailure = ({ error, alert, ...mail }: DeliveryFailure) => {
    metrics.failed('deliver');
    log[alert ? 'error' : 'warn']({ loop: 'deliver', ...mail, err: error }, 'mail not sent');
  };
  const inbox = {
    limit: BATCH,
    at,
    onParked: (event: object) => log.error({ loop: 'inbox', ...event }, 'event not applied'),
  };
  /** Always a pause between two turns: what cannot be done yet (the provider is away) is found again. */
  const paused = async (turn: Promise<unknown>) => {
    await turn;
    return 0;
  };
  const watch = watcher(shop, log);
  return [
    { name: 'holds', pollMs: POLL_MS, turn: () => paused(endHolds(shop, { limit: BATCH })) },
    { name: 'inbox', pollMs: POLL_MS, turn: (signal) => applyEvents(shop, { signal, ...inbox }) },
    {
      name: 'reconcile',
      pollMs: POLL_MS,
      turn: async (signal) => {
        await returnLateMoney(shop, { limit: BATCH });
        return await askOpen(shop, { signal, limit: BATCH, at });
      },
    },
    { name: 'compare', pollMs: SLOW_POLL_MS, turn: (signal) => compareNextDay(shop, { signal }) },
    {
      name: 'deliver',
      pollMs: POLL_MS,
      turn: (signal) => deliver({ ...delivery, db: shop.db, onFailure }, BATCH, signal),
    },
    { name: 'tidy-up', pollMs: SLOW_POLL_MS, turn: () => tidyUp(shop) },
    { name: 'watch', pollMs: SLOW_POLL_MS / 6, turn: () => paused(watch()) },
    { name: 'history', pollMs: TELL_MS, turn: () => paused(remember()) },
  ];
}

/** Counts what waits for a person, and says in the log when it has become more. */
function watcher(shop: Shop, log: Logger): () => Promise<void> {
  let before: Attention | undefined;
  return async () => {
    const counted = await countAttention(shop.db);
    const known = before ?? counted;
    const more = Object.entries(counted).filter(([what, count]) => count > known[what as keyof Attention]);
    if (more.length > 0) log.error({ loop: 'watch', ...Object.fromEntries(more) }, 'needs review');
    before = counted;
  };
}
