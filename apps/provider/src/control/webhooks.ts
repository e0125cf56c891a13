// The queue of webhooks, by hand.

import type { Provider } from '../pipeline.ts';
import type { DeliveryState } from '../webhooks/deliveries.ts';
import { type Endpoint, newSecret } from '../webhooks/endpoints.ts';
import { ControlError } from './error.ts';

/** Sends a delivery once more, whatever became of it. @throws {ControlError} 404. */
export function resendDelivery({ store }: Provider, id: string) {
  if (!store.transaction(() => store.deliveries.requeue(id))) throw noSuchDelivery(id);
  store.deliveries.announce();
  return store.deliveries.get(id);
}

/** Keeps a delivery back that is to be tried, or tried again. @throws {ControlError} 404, 409. */
export function holdDelivery({ store }: Provider, id: string) {
  if (store.transaction(() => store.deliveries.hold(id))) return store.deliveries.get(id);
  throw notInState(store, id, 'pending');
}

/** Lets a delivery go that is held. @throws {ControlError} 404, 409. */
export function releaseDelivery({ store }: Provider, id: string) {
  if (!store.transaction(() => store.deliveries.release(id))) throw notInState(store, id, 'held');
  store.deliveries.announce();
  return store.deliveries.get(id);
}

/** Lets all go that are held, of one account or order. */
export function releaseAll(
  { store }: Provider,
  filter: { account?: string | undefined; orderId?: string | undefined },
) {
  const released = store.transaction(() =>
    store.deliveries
      .newest({ ...filter, state: 'held', limit: 10_000 })
      .toReversed()
      .filter(({ id }) => store.deliveries.release(id)),
  );
  store.deliveries.announce();
  return { released: released.map(({ id }) => id) };
}

/**
 * Gives an endpoint a new secret; the old one signs beside it for `overlapMs`. Stripe has this in its dashboard only.
 * @throws {ControlError} 404.
 */
export function rollSecret({ store }: Provider, id: string, overlapMs: number): Endpoint & { secret: string } {
  const account = store.objects.accountOf('webhook_endpoint', id);
  const endpoint = account && store.objects.get<Endpoint>(account, 'webhook_endpoint', id);
  if (!endpoint) throw new ControlError(404, 'no_such_webhook_endpoint', `There is no webhook endpoint ${id}.`);
  const secret = store.transaction(() => store.secrets.replace(id, newSecret(), overlapMs));
  return { ...endpoint, secret };
}

function notInState(store: Provider['store'], id: string, wanted: DeliveryState): ControlError {
  const delivery = store.deliveries.get(id);
  if (!delivery) return noSuchDelivery(id);
  return new ControlError(409, 'unexpected_state', `${id} is ${delivery.state}, not ${wanted}.`);
}

function noSuchDelivery(id: string): ControlError {
  return new ControlError(404, 'no_such_delivery', `There is no delivery ${id}.`);
}
