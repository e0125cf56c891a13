import { setTimeout as sleep } from 'node:timers/promises';
// @boundaries-ignore the page is what the laboratory speaks to
import type { ScenarioId } from '../apps/web/src/lab/scenarios.ts';
import type { Act } from './events.ts';
import type { FaultToArm } from './provider.ts';
import type { Sandbox } from './sandbox.ts';

/** What the laboratory does behind the shop's back. What the browser does stands in the page. */
export interface Setting {
  readonly faults?: readonly FaultToArm[];
  /** At the naive shop's account. */
  readonly naiveFaults?: readonly FaultToArm[];
  readonly ownServer?: boolean;
  readonly webhooks?: boolean;
  /** A and B are two guests, not two tabs of one. */
  readonly twoGuests?: boolean;
  /** Begins when the sandbox stands. */
  readonly act?: (stage: Stage) => Promise<void>;
}

export interface Stage {
  readonly sandbox: Sandbox;
  readonly signal: AbortSignal;
  readonly note: (act: Omit<Act, 'atMs'>) => void;
}

const CONFIRM = { method: 'POST', path: '/v1/payment_intents/*/confirm' };
const CREATE = { method: 'POST', path: '/v1/payment_intents' };
// Time to do something while the shop waits for an answer.
const SLOW_ANSWER: FaultToArm = { match: CONFIRM, action: { name: 'slow_after', ms: 1_500 } };
const UNRULY_EVENTS: readonly FaultToArm[] = [
  { match: { event: 'payment_intent.succeeded' }, action: 'duplicate_same_event' },
  { match: { event: 'payment_intent.created' }, action: { name: 'delay', ms: 900 } },
];
// Twice: after a reset the SDK sends once more by itself, whatever its settings.
const LOST_ANSWER = { action: 'rst_after', times: 2 } as const;

export const SETTINGS: Readonly<Record<ScenarioId, Setting>> = {
  none: {},
  'answer-lost': {
    faults: [{ match: CONFIRM, ...LOST_ANSWER }],
    naiveFaults: [{ match: CREATE, ...LOST_ANSWER }],
  },
  'answer-cut': { faults: [{ match: CONFIRM, action: 'cut_body' }] },
  'server-killed': { faults: [SLOW_ANSWER], act: killShop },
  'double-click': {},
  'two-tabs': {},
  'two-checkouts': {},
  'provider-hangs': { faults: [{ match: CONFIRM, action: { name: 'hang_after', ms: 30_000 } }] },
  'provider-500': { faults: [{ match: CONFIRM, action: 'error_500_after' }] },
  'webhook-twice': { webhooks: true, faults: UNRULY_EVENTS, naiveFaults: UNRULY_EVENTS },
  'wifi-drops': { faults: [SLOW_ANSWER] },
  'database-restarts': { ownServer: true, faults: [SLOW_ANSWER], act: restartPostgres },
  'last-copy': { twoGuests: true },
  'bank-abandoned': { faults: [{ match: CONFIRM, action: 'require_action' }], act: endHold },
};

async function killShop(stage: Stage): Promise<void> {
  await untilCharged(stage);
  const pid = await stage.sandbox.kill('shop');
  stage.note({ lane: 'shop', isTrouble: true, text: `kill -9, process ${pid}` });
  await stage.sandbox.start('shop');
  stage.note({ lane: 'shop', isTrouble: false, text: 'Shop is started again' });
}

async function restartPostgres(stage: Stage): Promise<void> {
  await untilCharged(stage);
  stage.note({ lane: 'postgres', isTrouble: true, text: 'Postgres is stopped' });
  await stage.sandbox.database.stopServer();
  // Longer than the provider's answer takes to come: it comes while there is nobody to write it down.
  await sleep(2_000, undefined, { signal: stage.signal });
  await stage.sandbox.database.startServer();
  stage.note({ lane: 'postgres', isTrouble: false, text: 'Postgres is back' });
}

/** Once the shopper is sent to the bank, the ten minutes are over. */
async function endHold({ sandbox: { sql }, signal, note }: Stage): Promise<void> {
  for (;;) {
    const ended = await sql`
      update checkout set hold_until = statement_timestamp() - interval '1 second'
      where id in (select order_id from payment where state = 'requires_action') returning id`;
    if (ended.length > 0) break;
    await sleep(50, undefined, { signal });
  }
  note({ lane: 'browser', isTrouble: true, text: 'Nobody comes back' });
  note({ lane: 'postgres', isTrouble: false, text: 'Ten minutes are over' });
}

/** Waits until the provider has charged. */
async function untilCharged({ sandbox, signal }: Stage): Promise<void> {
  while ((await sandbox.once.ledger()).every(({ kind }) => kind !== 'charge')) {
    await sleep(20, undefined, { signal });
  }
}
