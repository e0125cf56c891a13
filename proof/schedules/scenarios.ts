// Who meets whom, over one order. Each actor is the shop's own code as its process runs it.
import { applyEvents, endHolds, keepEvent, payCheckout } from '@once/checkout';
import { gate } from './actor.ts';
import { ScheduleError } from './errors.ts';
import { LOSSES, type Loss } from './losses.ts';
import { CARDS, type Card } from './provider.ts';
import type { Order, Stage } from './stage.ts';

type Role = 'web' | 'worker' | 'expiry' | 'webhook';

export interface Scenario {
  /** `<roles>@<start>/<card>/<loss>`. */
  readonly id: string;
  readonly roles: readonly Role[];
  /** So many steps a web process did before it died, before the schedule begins. */
  readonly start: number;
  readonly card: Card;
  readonly loss: Loss;
  /** Switches away from an actor that could go on; a schedule has no more of them. */
  readonly preemptions: number;
}

export const PAIRS = [
  ['web', 'web'],
  ['web', 'worker'],
  ['worker', 'worker'],
  ['web', 'expiry'],
  ['web', 'webhook'],
  ['worker', 'webhook'],
] as const satisfies readonly (readonly Role[])[];

const TRIOS = [
  ['web', 'worker', 'webhook'],
  ['web', 'worker', 'expiry'],
  ['web', 'web', 'worker'],
] as const satisfies readonly (readonly Role[])[];

/** A worker finds something only where a process died: behind its claim, with its intent stored, behind its confirm. */
const DIED_AFTER = [1, 3, 4];

export function scenarios(options: { readonly preemptions?: number; readonly trios?: boolean } = {}): Scenario[] {
  const { preemptions = Number.POSITIVE_INFINITY, trios = false } = options;
  const all = [
    ...PAIRS.map((roles) => ({ roles, preemptions })),
    ...(trios ? TRIOS.map((roles) => ({ roles, preemptions: Math.min(preemptions, 2) })) : []),
  ];
  return all.flatMap(({ roles, preemptions: most }) =>
    (roles.some((role) => role === 'web') ? [0] : DIED_AFTER).flatMap((start) =>
      CARDS.flatMap((card) =>
        LOSSES.map((loss) => ({
          ...{ id: `${roles.join('-')}@${start}/${card}/${loss}`, roles, start, card, loss, preemptions: most },
        })),
      ),
    ),
  );
}

/** @throws {ScheduleError} ID_UNKNOWN */
export function scenarioOf(id: string): Scenario {
  const found = scenarios({ trios: true }).find((scenario) => scenario.id === id);
  if (found) return found;
  throw new ScheduleError('ID_UNKNOWN', `no scenario ${id}; one is ${scenarios()[0]?.id}`);
}

/** What this actor does, from its start to its end. */
export const doing: Readonly<Record<Role, (stage: Stage, order: Order) => Promise<unknown>>> = {
  web: async ({ shop }, { press }) => await payCheckout(shop, press),

  worker: async ({ admin, worker }, { id }) => {
    await gate('the lease ends'); // under whoever holds it, dead or only slow
    await admin`update idempotency.record set due_at = statement_timestamp() - interval '1 second'
      where scope = ${id} and state in (0, 1)`;
    await worker.runOnce();
  },

  expiry: async ({ admin, shop, upkeep }, { id }) => {
    await gate('the hold ends');
    await admin`update checkout set hold_until = statement_timestamp() - interval '1 second' where id = ${id}`;
    await endHolds(shop);
    await gate('retention ends');
    await admin`update idempotency.record set retained_until = statement_timestamp() - interval '1 second'
      where scope = ${id} and state in (2, 3)`;
    await upkeep.runOnce();
  },

  webhook: async ({ admin, shop, provider }, { id }) => {
    await gate('the bank decides, and the provider tells'); // perhaps of an intent that was not made yet
    provider.settleProcessing();
    const event = { id: `evt_${id}`, kind: 'payment_intent.succeeded', objectId: provider.intentIdOf(id) };
    await keepEvent(shop.db, event);
    // Sessions of one server may read the clock some microseconds apart, and a schedule must not depend on that.
    await admin`update provider_event set due_at = statement_timestamp() - interval '1 second' where id = ${event.id}`;
    await applyEvents(shop, { signal: new AbortController().signal });
  },
};
