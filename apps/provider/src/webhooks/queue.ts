// An event is queued for every endpoint that listens to it, in the transaction that made it. A fault of this place is
// part of that transaction: it has hit if and only if the event is there.
import type { Call } from '../call.ts';
import type { StoredEvent } from '../events.ts';
import type { FaultableRequest, QueueEffect } from '../faults/fault.ts';
import { randomId } from '../ids.ts';
import type { NewDelivery } from './deliveries.ts';
import { listeningTo } from './endpoints.ts';

/** What an event is about. */
export interface About {
  readonly intentId: string | undefined;
  readonly orderId: string | undefined;
}

/** @param of `about` is asked only if somebody listens; `again` makes the same event once more, under another id. */
export function queueDeliveries(
  call: Call,
  event: StoredEvent,
  of: { about: () => About; again: () => StoredEvent },
): void {
  const endpoints = listeningTo(call.store, call.account, event.type);
  if (endpoints.length === 0) return;
  call.store.afterCommit(() => call.store.deliveries.announce());
  const about = of.about();
  for (const endpoint of endpoints) {
    const delivery = newDelivery(call, event, about, endpoint.id);
    const hit = call.faults.within('queue', faultable(delivery));
    if (!hit) call.store.deliveries.add(delivery);
    else for (const each of changed(call, delivery, hit.effect, hit.ruleId, of.again)) call.store.deliveries.add(each);
    if (hit?.effect.kind === 'reorder' && hit.isUsedUp) releaseReversed(call, hit.ruleId);
  }
}

/** What a fault can match a delivery by: it has no request of its own. */
export function faultable(
  delivery: Pick<NewDelivery, 'id' | 'account' | 'event_type' | 'payment_intent' | 'order_id'>,
) {
  return {
    requestId: delivery.id,
    account: delivery.account,
    method: 'POST',
    path: '',
    params: {},
    idempotencyKey: undefined,
    intentId: delivery.payment_intent ?? undefined,
    orderId: delivery.order_id ?? undefined,
    eventType: delivery.event_type,
  } satisfies FaultableRequest;
}

function newDelivery(call: Call, event: StoredEvent, about: About, endpoint: string): NewDelivery {
  return {
    id: randomId('dlv_'),
    account: call.account,
    event: event.id,
    event_type: event.type,
    endpoint,
    payment_intent: about.intentId ?? null,
    order_id: about.orderId ?? null,
    request_id: call.requestId,
    state: 'pending',
    due_ms: Date.now(),
    held_by: null,
    before_response: 0,
  };
}

function changed(
  call: Call,
  delivery: NewDelivery,
  effect: QueueEffect,
  ruleId: string,
  again: () => StoredEvent,
): NewDelivery[] {
  switch (effect.kind) {
    case 'delay':
      return [{ ...delivery, due_ms: delivery.due_ms + effect.ms }];
    case 'drop':
      return [{ ...delivery, state: 'dropped' }];
    case 'hold':
    case 'reorder':
      return [{ ...delivery, state: 'held', held_by: ruleId }];
    case 'before_response':
      // Outside a request nobody waits for an answer: it goes out as ever.
      return [{ ...delivery, before_response: call.isRequest ? 1 : 0 }];
    case 'duplicate': {
      const event = effect.of === 'new_event' ? again().id : delivery.event;
      return [delivery, { ...delivery, id: randomId('dlv_'), event, due_ms: delivery.due_ms + effect.ms }];
    }
  }
}

/** The last one that came goes first, and each of the others waits for the one that came after it. */
function releaseReversed({ store: { deliveries } }: Call, ruleId: string): void {
  let before: string | null = null;
  for (const id of deliveries.heldBy(ruleId).toReversed()) {
    deliveries.release(id, before);
    before = id;
  }
}
