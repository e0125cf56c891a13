// Events: what has happened to an object, as it was at that moment. Each is made in the transaction of what it tells,
// with its deliveries, so nothing happens untold, and nothing is told that did not happen.
import type Stripe from 'stripe';
import type { z } from 'zod';
import { type Call, nowSeconds } from './call.ts';
import { resourceMissing } from './errors.ts';
import { randomId } from './ids.ts';
import { type ApiList, listParameters, pageOf } from './lists.ts';
import type { ApiObject } from './objects.ts';
import type { Intent } from './outcomes.ts';
import * as kind from './parameters.ts';
import { API_VERSION } from './version.ts';
import { queueDeliveries } from './webhooks/queue.ts';

export type EventType =
  | `charge.${'captured' | 'expired' | 'failed' | 'pending' | 'refunded' | 'succeeded' | 'updated'}`
  | `charge.dispute.${'closed' | 'created' | 'funds_reinstated' | 'funds_withdrawn' | 'updated'}`
  | 'charge.refund.updated'
  | `customer.${'created' | 'deleted' | 'updated'}`
  | `payment_intent.${'amount_capturable_updated' | 'canceled' | 'created' | 'payment_failed' | 'processing'}`
  | `payment_intent.${'requires_action' | 'succeeded'}`
  | `refund.${'created' | 'failed' | 'updated'}`;

/** An event as it is stored. */
export type StoredEvent = Stripe.EventBase & {
  readonly type: EventType;
  readonly data: { readonly object: ApiObject };
};

/** Tells what has happened to `object`; `before` is what it was, where the event says what has changed. */
export function emit<T extends ApiObject>(call: Call, type: EventType, object: T, before?: T): void {
  const event = {
    id: randomId('evt_3'),
    object: 'event',
    api_version: API_VERSION,
    created: nowSeconds(call),
    data: { object, ...(before && { previous_attributes: changedMembers(before, object) }) },
    livemode: false,
    pending_webhooks: 0,
    request: {
      id: call.isRequest ? call.requestId : null,
      idempotency_key: call.isRequest ? (call.idempotencyKey ?? null) : null,
    },
    type,
  } as StoredEvent;
  storeEvent(call, event);
  queueDeliveries(call, event, {
    about: () => aboutEvent(call, event),
    again: () => storeEvent(call, { ...event, id: randomId('evt_3') }),
  });
}

export const eventListParameters = listParameters.extend({
  delivery_success: kind.boolean.optional(),
  type: kind.filled.optional(),
  types: kind.strings.optional(),
});

export function retrieveEvent(call: Call): StoredEvent {
  const id = call.path['event'] ?? '';
  const event = call.store.objects.get<StoredEvent>(call.account, 'event', id);
  if (!event) throw resourceMissing('event', id, 'id');
  return asAnswered(call, event);
}

export function listEvents(call: Call, params: z.output<typeof eventListParameters>): ApiList {
  const { types = [], type, delivery_success: delivered } = params;
  const wanted = type === undefined ? types : [type, ...types];
  // Stripe forgets events after 30 days.
  const where = ["json ->> '$.created' > ?"];
  const values: (string | number)[] = [nowSeconds(call) - 30 * 86_400];
  if (wanted.length > 0) {
    where.push(`(${wanted.map((each) => `json ->> '$.type' ${each.endsWith('*') ? 'GLOB' : '='} ?`).join(' OR ')})`);
    values.push(...wanted);
  }
  if (delivered !== undefined) {
    const unsettled = `SELECT event FROM delivery WHERE account = ? AND state NOT IN ('succeeded', 'canceled')`;
    where.push(`id ${delivered ? 'NOT IN' : 'IN'} (${unsettled})`);
    values.push(call.account);
  }
  const list = pageOf(call, 'event', '/v1/events', params, { where, values });
  return { ...list, data: list.data.map((event) => asAnswered(call, event as StoredEvent)) };
}

/** An event with the number of endpoints that have not taken it yet. */
export function asAnswered({ store }: Pick<Call, 'store'>, event: StoredEvent): StoredEvent {
  return { ...event, pending_webhooks: store.deliveries.unsettled(event.id) };
}

function storeEvent(call: Call, event: StoredEvent): StoredEvent {
  const intentId = intentIdOf(event.data.object);
  return call.store.objects.put(call.account, event, intentId === null ? {} : { paymentIntent: intentId });
}

/** What a fault can match an event by. */
function aboutEvent(call: Call, event: StoredEvent) {
  const intentId = intentIdOf(event.data.object) ?? undefined;
  const intent = intentId && call.store.objects.get<Intent>(call.account, 'payment_intent', intentId);
  return { intentId, orderId: intent ? intent.metadata['order_id'] : undefined };
}

function intentIdOf(object: ApiObject & { readonly payment_intent?: unknown }): string | null {
  if (object.object === 'payment_intent') return object.id;
  return typeof object.payment_intent === 'string' ? object.payment_intent : null;
}

function changedMembers(before: object, after: object): Record<string, unknown> {
  const now = new Map(Object.entries(after).map(([name, value]) => [name, JSON.stringify(value)]));
  return Object.fromEntries(Object.entries(before).filter(([name, value]) => now.get(name) !== JSON.stringify(value)));
}
