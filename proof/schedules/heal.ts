// After the last step of a schedule every actor is dead. Now the world goes on as it does in production: leases end, a
// worker comes by, the shopper asks again with the same key, the hold ends. All of it must come to rest.
import { applyEvents, endHolds, payCheckout, type Status } from '@once/checkout';
import type { Order, Stage } from './stage.ts';

const ROUNDS = 8;
const FINAL = ['paid', 'declined', 'changed', 'cancelled'];

export const isFinal = ({ answer }: Pick<Status, 'answer'>): boolean => FINAL.includes(answer);

/** @returns what the shopper hears at last; undefined when nothing final came of it */
export async function heal(stage: Stage, order: Order): Promise<Status | undefined> {
  const { admin, shop, provider, worker } = stage;
  for (let round = 1; round <= ROUNDS; round++) {
    provider.settleProcessing();
    await admin.unsafe(`
      update idempotency.record set due_at = statement_timestamp() - interval '1 second'
        where scope = '${order.id}' and state in (0, 1);
      update provider_event set due_at = statement_timestamp() - interval '1 second'
        where id = 'evt_${order.id}' and applied_at is null`);
    await worker.runOnce();
    await applyEvents(shop, { signal: new AbortController().signal });
    const answer = await payCheckout(shop, order.press);
    if (!isFinal(answer)) continue;
    if (answer.answer !== 'paid') await endHold(stage, order);
    return answer;
  }
  return undefined;
}

/** The shopper gives up: what was held is free again. */
async function endHold({ admin, shop }: Stage, { id }: Order): Promise<void> {
  await admin`update checkout set hold_until = statement_timestamp() - interval '1 second' where id = ${id}`;
  await endHolds(shop);
}
